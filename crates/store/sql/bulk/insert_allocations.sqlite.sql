insert into allocation (
    tenant_id, allocation_id, bank_credit_id, payment_request_id, journal_entry_id, amount,
    rule, allocated_at, collected, credit_act_id, reverses
)
select
    unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), unhex(value ->> 3),
    unhex(value ->> 4), value ->> 5, value ->> 6, value ->> 7, value ->> 8, unhex(value ->> 9),
    unhex(value ->> 10)
from json_each($1)
