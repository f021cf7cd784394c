insert into statement_summary (
    tenant_id, statement_import_id, position, account_number, starts_on, ends_on, opening, closing,
    credits, credit_sum, debits, debit_sum, errors, breaks
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->>
    12, value ->> 13
from json_each($1)
