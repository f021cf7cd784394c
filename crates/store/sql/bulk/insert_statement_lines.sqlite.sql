insert into statement_line (
    tenant_id, feed, line_id, statement_import_id, ordinal, number, account_number, virtual_account,
    direction, amount, booked_at, business_date, value_date, balance_after, bank_reference, memo,
    memo_full, counterparty_name, counterparty_account
)
select
    unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->>
    12, value ->> 13, value ->> 14, value ->> 15, value ->> 16, value ->> 17, value ->> 18
from json_each($1)
where true
on conflict (tenant_id, feed, line_id) do nothing
