insert into receipt_series (tenant_id, form_code, series, year, last_number)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
on conflict (tenant_id, form_code, series, year) do update set last_number = excluded.last_number
