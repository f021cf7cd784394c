select tenant_id, feed, line_id, statement_import_id, ordinal, number, account_number, virtual_account,
    direction, amount, booked_at, business_date, value_date, balance_after, bank_reference, memo,
    memo_full, counterparty_name, counterparty_account
from statement_line
where tenant_id = $1 and statement_import_id = $2 and ordinal > $3
order by ordinal
limit $4
