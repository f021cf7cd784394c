update suspense_item set held = $4, reason = $5, version = $3 + 1
where tenant_id = $1 and bank_credit_id = $2 and version = $3
