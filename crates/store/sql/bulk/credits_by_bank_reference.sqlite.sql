with wanted (tenant_id, account_number, bank_reference, amount) as (
    values (?, ?, ?, ?)
)
select credit.tenant_id, credit.bank_credit_id, credit.source, credit.account_number, credit.amount,
    credit.bank_reference, credit.booked_at, credit.memo
from wanted
cross join bank_credit as credit
  on credit.tenant_id = wanted.tenant_id and credit.account_number = wanted.account_number
  and credit.bank_reference = wanted.bank_reference and credit.amount = wanted.amount
limit 20000
