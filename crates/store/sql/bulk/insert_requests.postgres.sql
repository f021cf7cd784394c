insert into payment_request (
    tenant_id, payment_request_id, external_id, reference, status, amount, received, late, version,
    payee_account_id, description, lines, payer_id, payer_name, metadata, body_digest, payload,
    checkout_token, created_at, expires_at, paid_at
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
    $8::boolean[], $9::bigint[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::text[],
    $15::text[], $16::bytea[], $17::text[], $18::text[], $19::bigint[], $20::bigint[],
    $21::bigint[]
)
