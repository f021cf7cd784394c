insert into statement_line (
    tenant_id, feed, line_id, statement_import_id, ordinal, number, account_number, virtual_account,
    direction, amount, booked_at, business_date, value_date, balance_after, bank_reference, memo,
    memo_full, counterparty_name, counterparty_account
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (tenant_id, feed, line_id) do nothing
