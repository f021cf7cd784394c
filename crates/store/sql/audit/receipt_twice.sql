-- A request has at most one receipt of each kind that is not cancelled.
select receipt.tenant_id, receipt.payment_request_id as key_id, receipt.fee_kind as key_text,
    cast(null as bigint) as key_number, cast(1 as bigint) as expected, count(*) as found
from receipt
left join receipt_cancellation as cancelled
  on cancelled.tenant_id = receipt.tenant_id and cancelled.receipt_id = receipt.receipt_id
where cancelled.receipt_id is null
group by receipt.tenant_id, receipt.payment_request_id, receipt.fee_kind
having count(*) > 1
limit $1
