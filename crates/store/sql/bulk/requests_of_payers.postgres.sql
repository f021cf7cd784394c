-- The fifty oldest requests of each payer that wait for money.
select wanted.tenant_id, wanted.payer_id, request.payment_request_id
from unnest($1::uuid[], $2::text[]) as wanted (tenant_id, payer_id)
cross join lateral (
    select request.payment_request_id
    from payment_request as request
    where request.tenant_id = wanted.tenant_id and request.payer_id = wanted.payer_id
      and request.status in ('open', 'underpaid')
    order by request.payment_request_id
    limit 50
) as request
order by wanted.tenant_id, wanted.payer_id, request.payment_request_id
