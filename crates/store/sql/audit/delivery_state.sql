select delivery.tenant_id, delivery.delivery_id as key_id, delivery.status as key_text, delivery.event_sequence as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from delivery
left join delivery_attempt as attempt
  on attempt.tenant_id = delivery.tenant_id and attempt.delivery_id = delivery.delivery_id
 and attempt.response_status between 200 and 299
where delivery.status = 'delivered' and attempt.delivery_id is null
limit $1
