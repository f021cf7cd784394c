insert into posting (
    tenant_id, account_code, sequence, journal_entry_id, position, side, amount, balance_after
)
values (?, ?, ?, ?, ?, ?, ?, ?)
