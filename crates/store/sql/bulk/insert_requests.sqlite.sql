insert into payment_request (
    tenant_id, payment_request_id, external_id, reference, status, amount, received, late, version,
    payee_account_id, description, lines, payer_id, payer_name, metadata, body_digest, payload,
    checkout_token, created_at, expires_at, paid_at
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
