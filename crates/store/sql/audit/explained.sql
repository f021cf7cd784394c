select account_number, business_date, item, reason, actor from reconciliation_explanation
where tenant_id = $1 and explanation_id = $2
