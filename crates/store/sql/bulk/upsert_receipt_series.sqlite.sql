insert into receipt_series (tenant_id, form_code, series, year, last_number)
values (?, ?, ?, ?, ?)
on conflict (tenant_id, form_code, series, year) do update set last_number = excluded.last_number
