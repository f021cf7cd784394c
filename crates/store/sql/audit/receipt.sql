select receipt.fee_kind, receipt.form_code, receipt.series, receipt.year, receipt.number, receipt.amount,
    receipt.issued_on, receipt.content, receipt.payment_request_id, cancelled.reason
from receipt
left join receipt_cancellation as cancelled
  on cancelled.tenant_id = receipt.tenant_id and cancelled.receipt_id = receipt.receipt_id
where receipt.tenant_id = $1 and receipt.receipt_id = $2
