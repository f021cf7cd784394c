select entry.sequence as journal_sequence, posting.position, entry.business_date, credit.booked_at,
    request.external_id, request.reference, request.description, request.payer_name,
    posting.account_code, item.name as item_name, posting.amount,
    credit.account_number as bank_account, credit.bank_reference, credit.provider_event_id
from journal_entry as entry
join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
 and posting.side = 'credit'
join bank_credit as credit
  on credit.tenant_id = entry.tenant_id and credit.bank_credit_id = entry.bank_credit_id
left join allocation
  on allocation.tenant_id = entry.tenant_id and allocation.bank_credit_id = entry.bank_credit_id
left join payment_request as request
  on request.tenant_id = allocation.tenant_id
 and request.payment_request_id = allocation.payment_request_id
left join fee_item as item
  on item.tenant_id = posting.tenant_id and 'collected:' || item.item_code = posting.account_code
where entry.tenant_id = $1
  and entry.business_date between $2 and $3
  and entry.sequence <= $4
  and (entry.sequence, posting.position) > ($5, $6)
order by entry.sequence, posting.position
limit $7
