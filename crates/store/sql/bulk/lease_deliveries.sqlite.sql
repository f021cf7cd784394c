update delivery set next_attempt_at = new.next_attempt_at
from (
    select unhex(value ->> 0) as tenant_id, unhex(value ->> 1) as delivery_id, value ->> 2 as next_attempt_at
    from json_each($1)
) as new
where delivery.tenant_id = new.tenant_id and delivery.delivery_id = new.delivery_id
  and delivery.status = 'pending'
