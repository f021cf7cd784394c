select endpoint_id from webhook_endpoint
where tenant_id = $1 and disabled_at is null
order by endpoint_id
