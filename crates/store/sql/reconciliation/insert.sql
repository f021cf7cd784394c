insert into reconciliation_explanation
    (tenant_id, explanation_id, account_number, business_date, item, reason, actor, explained_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (tenant_id, explanation_id) do nothing
