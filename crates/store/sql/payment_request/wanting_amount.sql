-- Requests that lack exactly this amount and name their payer, the newest first.
select payment_request_id, payer_name
from payment_request
where tenant_id = $1 and amount = $2 and status in ('open', 'underpaid', 'expired')
  and received = 0 and payer_name is not null
order by payment_request_id desc
limit 200
