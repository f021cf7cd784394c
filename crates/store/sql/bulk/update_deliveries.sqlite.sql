update delivery
set attempts = new.attempts,
    status = new.status,
    next_attempt_at = new.next_attempt_at,
    last_response_status = new.last_response_status,
    last_error = new.last_error,
    delivered_at = coalesce(new.delivered_at, delivery.delivered_at)
from (
    select
        unhex(value ->> 0) as tenant_id, unhex(value ->> 1) as delivery_id, value ->> 2 as attempts,
        value ->> 3 as status, value ->> 4 as next_attempt_at, value ->> 5 as last_response_status,
        value ->> 6 as last_error, value ->> 7 as delivered_at
    from json_each($1)
) as new
where delivery.tenant_id = new.tenant_id and delivery.delivery_id = new.delivery_id
