-- One row for each request that it was given to when it came; one without when it was not.
select credit.account_number, allocation.payment_request_id, allocation.amount as given,
    credit.suspense_reason, credit.notice_digest, credit.amount, callback.body_digest,
    entry.sequence as entry_sequence
from bank_credit as credit
join callback
  on callback.tenant_id = credit.tenant_id and callback.callback_id = credit.callback_id
join journal_entry as entry
  on entry.tenant_id = credit.tenant_id and entry.bank_credit_id = credit.bank_credit_id
 and entry.reversal_of is null
left join allocation
  on allocation.tenant_id = credit.tenant_id and allocation.bank_credit_id = credit.bank_credit_id
 and allocation.credit_act_id is null
where credit.tenant_id = $1 and credit.bank_credit_id = $2
order by allocation.payment_request_id
