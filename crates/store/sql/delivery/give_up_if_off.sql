-- The endpoint was switched off while this attempt was under way.
update delivery set status = 'dead', last_error = $3
where tenant_id = $1 and delivery_id = $2 and status = 'pending'
  and exists (
    select 1 from webhook_endpoint as endpoint
    where endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
      and endpoint.disabled_at is not null
  )
