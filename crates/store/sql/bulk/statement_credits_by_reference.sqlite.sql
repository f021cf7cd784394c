with wanted (tenant_id, account_number, bank_reference) as (
    values (?, ?, ?)
)
select credit.tenant_id, credit.bank_credit_id, credit.source, credit.account_number, credit.amount,
    credit.bank_reference, credit.booked_at, credit.balance_after, credit.memo, credit.memo_full,
    credit.received_at
from wanted
cross join bank_credit as credit
  on credit.tenant_id = wanted.tenant_id
  and credit.account_number = wanted.account_number
  and credit.bank_reference = wanted.bank_reference
  and credit.source >= 'statement:' and credit.source < 'statement;'
limit 20000
