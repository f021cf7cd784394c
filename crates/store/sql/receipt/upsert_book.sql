insert into receipt_book (tenant_id, fee_kind, form_code, series, signer)
values ($1, $2, $3, $4, $5)
on conflict (tenant_id, fee_kind) do update
set form_code = excluded.form_code, series = excluded.series, signer = excluded.signer
