-- $2 to $3 are ids: they carry the time at which a delivery was made. $4 empty and $5 = $6 mean any.
update delivery set status = 'pending', next_attempt_at = $8
where delivery.tenant_id = $1 and delivery.delivery_id in (
    select old.delivery_id
    from delivery as old
    join webhook_endpoint as endpoint
      on endpoint.tenant_id = old.tenant_id and endpoint.endpoint_id = old.endpoint_id
    where old.tenant_id = $1 and old.delivery_id >= $2 and old.delivery_id < $3
      and old.status <> 'pending' and ($4 = '' or old.status = $4)
      and (old.endpoint_id = $5 or $5 = $6)
      and endpoint.disabled_at is null
    order by old.delivery_id
    limit $7
)
returning delivery_id
