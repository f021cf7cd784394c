select endpoint_id, url, event_types, created_at, disabled_at, disabled_reason, failing_since,
    previous_secret_until, version
from webhook_endpoint where tenant_id = $1
order by created_at, endpoint_id limit 200
