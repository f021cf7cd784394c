-- The fifty oldest requests of each payer that wait for money.
with wanted (tenant_id, payer_id) as (
    values (?, ?)
)
select tenant_id, payer_id, payment_request_id
from (
    select request.tenant_id, request.payer_id, request.payment_request_id,
        row_number() over (
            partition by request.tenant_id, request.payer_id order by request.payment_request_id
        ) as place
    from wanted
    cross join payment_request as request
      on request.tenant_id = wanted.tenant_id and request.payer_id = wanted.payer_id
     and request.status in ('open', 'underpaid')
)
where place <= 50
order by tenant_id, payer_id, payment_request_id
