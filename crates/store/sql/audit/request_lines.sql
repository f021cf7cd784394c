-- Of what was received, the items get what is asked and the payer the rest.
select request.tenant_id, request.payment_request_id as key_id, request.reference as key_text, cast(null as bigint) as key_number, case when request.received < request.amount then request.received else request.amount end as expected, cast(coalesce(sum(allocation.collected), 0) as bigint) as found
from payment_request as request
join allocation
  on allocation.tenant_id = request.tenant_id
 and allocation.payment_request_id = request.payment_request_id
group by request.tenant_id, request.payment_request_id, request.reference, request.received, request.amount
having coalesce(sum(allocation.collected), 0)
    <> case when request.received < request.amount then request.received else request.amount end
limit $1
