-- The endpoint was switched off while these attempts were under way.
update delivery set status = 'dead', last_error = new.last_error
from (
    select unhex(value ->> 0) as tenant_id, unhex(value ->> 1) as delivery_id, value ->> 2 as last_error
    from json_each($1)
) as new
where delivery.tenant_id = new.tenant_id and delivery.delivery_id = new.delivery_id
  and delivery.status = 'pending'
  and exists (
    select 1 from webhook_endpoint as endpoint
    where endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
      and endpoint.disabled_at is not null
  )
