select posting.sequence, posting.journal_entry_id, entry.sequence as journal_sequence, entry.rule,
    posting.side, posting.amount, posting.balance_after, entry.business_date, entry.posted_at,
    entry.bank_credit_id, allocation.payment_request_id
from posting
join journal_entry as entry
  on entry.tenant_id = posting.tenant_id and entry.journal_entry_id = posting.journal_entry_id
left join allocation
  on allocation.tenant_id = entry.tenant_id and allocation.bank_credit_id = entry.bank_credit_id
where posting.tenant_id = $1 and posting.account_code = $2 and posting.sequence > $3
order by posting.sequence
limit $4
