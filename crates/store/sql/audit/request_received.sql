select request.tenant_id, request.payment_request_id as key_id, request.reference as key_text, cast(null as bigint) as key_number, cast(coalesce(sum(allocation.amount), 0) as bigint) as expected, request.received as found
from payment_request as request
left join allocation
  on allocation.tenant_id = request.tenant_id
 and allocation.payment_request_id = request.payment_request_id
group by request.tenant_id, request.payment_request_id, request.reference, request.received
having coalesce(sum(allocation.amount), 0) <> request.received
limit $1
