insert into tenant_profile (tenant_id, province, autonomous, tax_code, address)
values ($1, $2, $3, $4, $5)
on conflict (tenant_id) do update
set province = excluded.province, autonomous = excluded.autonomous, tax_code = excluded.tax_code,
    address = excluded.address
