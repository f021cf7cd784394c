insert into idempotency
    (tenant_id, operation, idempotency_key, digest, payment_request_id, created_at)
values ($1, $2, $3, $4, $5, $6)
