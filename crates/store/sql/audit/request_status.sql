select request.tenant_id, request.payment_request_id as key_id, request.reference || ' ' || request.status as key_text, cast(null as bigint) as key_number, request.amount as expected, request.received as found
from payment_request as request
where request.status <> case
        when request.received > request.amount then 'overpaid'
        when request.received = request.amount then 'paid'
        when request.received > 0 then 'underpaid'
        when request.status in ('cancelled', 'expired') then request.status
        else 'open'
    end
   or (request.paid_at is not null) <> (request.status in ('paid', 'overpaid'))
limit $1
