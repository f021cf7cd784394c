with wanted (tenant_id, account_number, amount, memo_digest, booked_from, booked_to) as (
    values (?, ?, ?, ?, ?, ?)
)
select credit.tenant_id, credit.bank_credit_id, credit.source, credit.account_number, credit.amount,
    credit.bank_reference, credit.booked_at, credit.memo
from wanted
cross join bank_credit as credit
  on credit.tenant_id = wanted.tenant_id and credit.account_number = wanted.account_number
  and credit.amount = wanted.amount and credit.memo_digest = wanted.memo_digest
  and credit.booked_at between wanted.booked_from and wanted.booked_to
limit 20000
