select delivery.status, endpoint.disabled_at
from delivery
join webhook_endpoint as endpoint
  on endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
where delivery.tenant_id = $1 and delivery.delivery_id = $2
