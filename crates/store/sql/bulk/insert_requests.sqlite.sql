insert into payment_request (
    tenant_id, payment_request_id, external_id, reference, status, amount, received, late, version,
    payee_account_id, description, lines, payer_id, payer_name, metadata, body_digest, payload,
    checkout_token, created_at, expires_at, paid_at
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, unhex(value ->> 9), value ->> 10, value ->> 11,
    value ->> 12, value ->> 13, value ->> 14, unhex(value ->> 15), value ->> 16, value ->> 17,
    value ->> 18, value ->> 19, value ->> 20
from json_each($1)
