insert into payee_account
    (tenant_id, payee_account_id, position, bank_bin, account_number, account_name, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant_id, account_number) do update set position = excluded.position
