select count(*) from webhook_endpoint where tenant_id = $1 and disabled_at is null
