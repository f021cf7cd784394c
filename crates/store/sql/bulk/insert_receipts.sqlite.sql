insert into receipt (
    tenant_id, receipt_id, payment_request_id, fee_kind, form_code, series, year, number, amount,
    issued_on, issued_at, content, signer, actor, replaces
)
select
    unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, unhex(value ->> 14)
from json_each($1)
