insert into journal_entry (
    tenant_id, journal_entry_id, sequence, rule, business_date, posted_at, bank_credit_id,
    evidence_date
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    unhex(value ->> 6), value ->> 7
from json_each($1)
