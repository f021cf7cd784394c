with new (
    tenant_id, delivery_id, attempts, status, next_attempt_at, last_response_status, last_error,
    delivered_at
) as (
    values (?, ?, ?, ?, ?, ?, ?, ?)
)
update delivery
set attempts = new.attempts,
    status = new.status,
    next_attempt_at = new.next_attempt_at,
    last_response_status = new.last_response_status,
    last_error = new.last_error,
    delivered_at = coalesce(new.delivered_at, delivery.delivered_at)
from new
where delivery.tenant_id = new.tenant_id and delivery.delivery_id = new.delivery_id
