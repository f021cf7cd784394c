update refused_callback set accepted_at = $3
where tenant_id = $1 and callback_id = $2 and accepted_at is null
