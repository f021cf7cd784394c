insert into remittance
    (tenant_id, remittance_id, recipient, amount, order_text, actor, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
