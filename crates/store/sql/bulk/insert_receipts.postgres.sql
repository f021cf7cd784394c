insert into receipt (
    tenant_id, receipt_id, payment_request_id, fee_kind, form_code, series, year, number, amount,
    issued_on, issued_at, content, signer, actor, replaces
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::uuid[]
)
