select endpoint_id, url, created_at, disabled_at, disabled_reason
from webhook_endpoint where tenant_id = $1
order by created_at, endpoint_id limit 200
