select credit.tenant_id, credit.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, credit.amount as expected, cast(coalesce(sum(posting.amount), 0) as bigint) as found
from bank_credit as credit
join journal_entry as entry
  on entry.tenant_id = credit.tenant_id and entry.bank_credit_id = credit.bank_credit_id
left join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
 and posting.side = 'debit' and posting.account_code = 'bank:' || credit.account_number
group by credit.tenant_id, credit.bank_credit_id, credit.amount
having coalesce(sum(posting.amount), 0) <> credit.amount
limit $1
