insert into basket
    (tenant_id, basket_id, reference, payee_account_id, description, body_digest, idempotency_key,
     created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
