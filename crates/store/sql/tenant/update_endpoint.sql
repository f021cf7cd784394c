update webhook_endpoint
set event_types = $3, disabled_at = $4, disabled_reason = $5, failing_since = $6, version = $7
where tenant_id = $1 and endpoint_id = $2
