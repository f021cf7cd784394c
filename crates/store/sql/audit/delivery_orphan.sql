select delivery.tenant_id, delivery.delivery_id as key_id, cast(null as text) as key_text, delivery.event_sequence as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from delivery
left join event
  on event.tenant_id = delivery.tenant_id and event.sequence = delivery.event_sequence
where event.event_id is null
limit $1
