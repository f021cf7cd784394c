update api_key set last_used_at = $3
where tenant_id = $1 and api_key_id = $2 and (last_used_at is null or last_used_at < $4)
