select credit.tenant_id, credit.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(1 as bigint) as expected, cast(count(entry.sequence) as bigint) as found
from bank_credit as credit
left join journal_entry as entry
  on entry.tenant_id = credit.tenant_id and entry.bank_credit_id = credit.bank_credit_id
 and entry.reversal_of is null
group by credit.tenant_id, credit.bank_credit_id
having count(entry.sequence) <> 1
limit $1
