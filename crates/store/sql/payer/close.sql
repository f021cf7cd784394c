update payer_identifier set closed_at = $3
where tenant_id = $1 and payer_identifier_id = $2 and closed_at is null
