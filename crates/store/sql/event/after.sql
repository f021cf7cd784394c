select sequence, event_id, event_type, occurred_at, data
from event
where tenant_id = $1 and sequence > $2
order by sequence
limit $3
