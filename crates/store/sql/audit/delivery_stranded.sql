select delivery.tenant_id, delivery.delivery_id as key_id, cast(null as text) as key_text,
    delivery.event_sequence as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from delivery
join webhook_endpoint as endpoint
  on endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
where delivery.status = 'pending' and endpoint.disabled_at is not null
limit $1
