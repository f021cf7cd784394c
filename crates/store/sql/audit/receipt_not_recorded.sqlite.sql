-- A receipt, or its cancellation, that nobody is on record for.
select receipt.tenant_id, receipt.receipt_id as key_id, receipt.series as key_text, receipt.number as key_number,
    cast(null as bigint) as expected, cast(null as bigint) as found
from receipt
left join receipt_cancellation as cancelled
  on cancelled.tenant_id = receipt.tenant_id and cancelled.receipt_id = receipt.receipt_id
left join audit_record as issued
  on issued.tenant_id = receipt.tenant_id and issued.action = 'receipt.issued'
 and issued.subject = 'rcpt_' || lower(hex(receipt.receipt_id))
left join audit_record as withdrawn
  on withdrawn.tenant_id = receipt.tenant_id and withdrawn.action = 'receipt.cancelled'
 and withdrawn.subject = 'rcpt_' || lower(hex(receipt.receipt_id))
where issued.sequence is null or (cancelled.receipt_id is not null and withdrawn.sequence is null)
limit $1
