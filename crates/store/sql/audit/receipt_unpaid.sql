-- Only what is paid whole has a receipt that is not cancelled.
select receipt.tenant_id, receipt.receipt_id as key_id, receipt.series as key_text, receipt.number as key_number,
    cast(null as bigint) as expected, cast(null as bigint) as found
from receipt
join payment_request as request
  on request.tenant_id = receipt.tenant_id and request.payment_request_id = receipt.payment_request_id
left join receipt_cancellation as cancelled
  on cancelled.tenant_id = receipt.tenant_id and cancelled.receipt_id = receipt.receipt_id
where cancelled.receipt_id is null and request.status not in ('paid', 'overpaid')
limit $1
