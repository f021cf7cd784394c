insert into idempotency (
    tenant_id, operation, idempotency_key, digest, payment_request_id, created_at
)
values (?, ?, ?, ?, ?, ?)
