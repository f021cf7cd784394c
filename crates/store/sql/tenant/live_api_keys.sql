select count(*) from api_key
where tenant_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)
