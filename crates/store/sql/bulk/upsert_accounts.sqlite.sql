-- The writer holds the tenant's head, so what it read of an account is what it still is.
insert into account (
    tenant_id, account_code, account_type, sequence, balance
)
values (?, ?, ?, ?, ?)
on conflict (tenant_id, account_code) do update set sequence = excluded.sequence, balance = excluded.balance
