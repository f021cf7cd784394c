insert into allocation (
    tenant_id, allocation_id, bank_credit_id, payment_request_id, journal_entry_id, amount, rule,
    allocated_at
)
select
    unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), unhex(value ->> 3),
    unhex(value ->> 4), value ->> 5, value ->> 6, value ->> 7
from json_each($1)
