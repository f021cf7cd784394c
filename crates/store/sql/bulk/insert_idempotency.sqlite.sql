insert into idempotency (
    tenant_id, operation, idempotency_key, digest, payment_request_id, created_at
)
select
    unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), unhex(value ->> 4),
    value ->> 5
from json_each($1)
