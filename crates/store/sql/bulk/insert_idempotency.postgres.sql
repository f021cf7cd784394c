insert into idempotency (
    tenant_id, operation, idempotency_key, digest, payment_request_id, created_at
)
select * from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::uuid[], $6::bigint[]
)
