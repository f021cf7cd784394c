select delivery.delivery_id, event.event_id, event.event_type, event.subject, delivery.endpoint_id,
    delivery.status, delivery.attempts, delivery.next_attempt_at, delivery.last_response_status,
    delivery.last_error, delivery.created_at, delivery.delivered_at,
    endpoint.url, event.sequence, event.occurred_at, event.data
from delivery
join event on event.tenant_id = delivery.tenant_id and event.sequence = delivery.event_sequence
join webhook_endpoint as endpoint
  on endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
where delivery.tenant_id = $1 and delivery.delivery_id = $2
