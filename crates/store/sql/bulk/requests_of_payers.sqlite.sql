-- The fifty oldest requests of each payer that wait for money.
select tenant_id, payer_id, payment_request_id
from (
    select request.tenant_id, request.payer_id, request.payment_request_id,
        row_number() over (
            partition by request.tenant_id, request.payer_id order by request.payment_request_id
        ) as place
    from json_each($1) as wanted
    cross join payment_request as request
      on request.tenant_id = unhex(wanted.value ->> 0) and request.payer_id = wanted.value ->> 1
     and request.status in ('open', 'underpaid')
)
where place <= 50
order by tenant_id, payer_id, payment_request_id
