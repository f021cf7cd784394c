insert into delivery (
    tenant_id, delivery_id, event_sequence, endpoint_id, status, attempts, next_attempt_at,
    created_at
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, unhex(value ->> 3), value ->> 4,
    value ->> 5, value ->> 6, value ->> 7
from json_each($1)
