select head.tenant_id, cast(null as uuid) as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(coalesce(max(event.sequence), 0) as bigint) as expected, head.event_sequence as found
from tenant_head as head
left join event on event.tenant_id = head.tenant_id
group by head.tenant_id, head.event_sequence
having coalesce(max(event.sequence), 0) <> head.event_sequence
limit $1
