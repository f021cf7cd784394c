insert into callback_pending (
    tenant_id, callback_id, received_at, attempts, next_attempt_at
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4
from json_each($1)
