-- Ids carry their time, so this is newest first; an empty status and $4 = $5 mean any.
select delivery.delivery_id, event.event_id, event.event_type, event.subject, delivery.endpoint_id,
    delivery.status, delivery.attempts, delivery.next_attempt_at, delivery.last_response_status,
    delivery.last_error, delivery.created_at, delivery.delivered_at
from delivery
join event on event.tenant_id = delivery.tenant_id and event.sequence = delivery.event_sequence
where delivery.tenant_id = $1
  and delivery.delivery_id < $2
  and ($3 = '' or delivery.status = $3)
  and (delivery.endpoint_id = $4 or $4 = $5)
order by delivery.delivery_id desc
limit $6
