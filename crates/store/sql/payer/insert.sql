insert into payer_identifier
    (tenant_id, payer_identifier_id, kind, value, payer_id, payment_request_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
