select explanation_id, item, reason, actor, explained_at from reconciliation_explanation
where tenant_id = $1 and account_number = $2 and business_date = $3
order by explanation_id
limit 10000
