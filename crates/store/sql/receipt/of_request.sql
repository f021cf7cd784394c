select receipt.receipt_id, receipt.payment_request_id, receipt.fee_kind, receipt.form_code, receipt.series,
    receipt.number, receipt.amount, receipt.issued_on, receipt.issued_at, receipt.content, receipt.signer,
    receipt.actor, receipt.replaces, newer.receipt_id as replaced_by, cancelled.reason as cancel_reason,
    cancelled.actor as cancelled_by, cancelled.cancelled_at,
    (select count(*) from receipt_print as print
     where print.tenant_id = receipt.tenant_id and print.receipt_id = receipt.receipt_id) as prints
from receipt
left join receipt_cancellation as cancelled
  on cancelled.tenant_id = receipt.tenant_id and cancelled.receipt_id = receipt.receipt_id
left join receipt as newer
  on newer.tenant_id = receipt.tenant_id and newer.replaces = receipt.receipt_id
where receipt.tenant_id = $1 and receipt.payment_request_id = $2
order by receipt.receipt_id limit 1000
