select entry.tenant_id, entry.journal_entry_id as key_id, cast(null as text) as key_text, entry.sequence as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from journal_entry as entry
left join bank_credit as credit
  on credit.tenant_id = entry.tenant_id and credit.bank_credit_id = entry.bank_credit_id
where entry.bank_credit_id is not null and credit.bank_credit_id is null
limit $1
