select endpoint.tenant_id, endpoint.endpoint_id, endpoint.event_types
from webhook_endpoint as endpoint
where endpoint.tenant_id = any($1::uuid[]) and endpoint.disabled_at is null
order by endpoint.tenant_id, endpoint.endpoint_id
