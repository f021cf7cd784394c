with new (tenant_id, delivery_id, next_attempt_at) as (
    values (?, ?, ?)
)
update delivery set next_attempt_at = new.next_attempt_at
from new
where delivery.tenant_id = new.tenant_id and delivery.delivery_id = new.delivery_id
  and delivery.status = 'pending'
