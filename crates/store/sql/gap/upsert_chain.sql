insert into balance_chain (tenant_id, account_number, ends, check_at)
values ($1, $2, $3, $4)
on conflict (tenant_id, account_number) do update
set ends = excluded.ends, check_at = excluded.check_at
