insert into posting (
    tenant_id, account_code, sequence, journal_entry_id, position, side, amount, balance_after
)
select
    unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), value ->> 4, value ->> 5,
    value ->> 6, value ->> 7
from json_each($1)
