select allocation.tenant_id, allocation.allocation_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from allocation
left join bank_credit as credit
  on credit.tenant_id = allocation.tenant_id and credit.bank_credit_id = allocation.bank_credit_id
left join payment_request as request
  on request.tenant_id = allocation.tenant_id
 and request.payment_request_id = allocation.payment_request_id
left join journal_entry as entry
  on entry.tenant_id = allocation.tenant_id and entry.journal_entry_id = allocation.journal_entry_id
where credit.bank_credit_id is null or request.payment_request_id is null
   or entry.journal_entry_id is null
limit $1
