select posting.sequence, posting.journal_entry_id, entry.sequence as journal_sequence, entry.rule,
    posting.side, posting.amount, posting.balance_after, entry.business_date, entry.posted_at,
    coalesce(entry.bank_credit_id, act.bank_credit_id) as bank_credit_id,
    -- The request, when the entry concerns one sole.
    (
        select sole.payment_request_id from allocation as sole
        where sole.tenant_id = entry.tenant_id and sole.journal_entry_id = entry.journal_entry_id
          and not exists (
            select 1 from allocation as other
            where other.tenant_id = sole.tenant_id
              and other.journal_entry_id = sole.journal_entry_id
              and other.allocation_id <> sole.allocation_id
          )
    ) as payment_request_id
from posting
join journal_entry as entry
  on entry.tenant_id = posting.tenant_id and entry.journal_entry_id = posting.journal_entry_id
left join credit_act as act
  on act.tenant_id = entry.tenant_id and act.journal_entry_id = entry.journal_entry_id
where posting.tenant_id = $1 and posting.account_code = $2 and posting.sequence > $3
order by posting.sequence
limit $4
