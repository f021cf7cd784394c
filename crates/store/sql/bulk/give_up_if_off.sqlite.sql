-- The endpoint was switched off while these attempts were under way.
with new (tenant_id, delivery_id, last_error) as (
    values (?, ?, ?)
)
update delivery set status = 'dead', last_error = new.last_error
from new
where delivery.tenant_id = new.tenant_id and delivery.delivery_id = new.delivery_id
  and delivery.status = 'pending'
  and exists (
    select 1 from webhook_endpoint as endpoint
    where endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
      and endpoint.disabled_at is not null
  )
