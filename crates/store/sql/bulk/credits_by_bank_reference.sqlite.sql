select credit.tenant_id, credit.bank_credit_id, credit.source, credit.account_number, credit.amount,
    credit.bank_reference, credit.booked_at, credit.memo
from json_each($1) as wanted
cross join bank_credit as credit
  on credit.tenant_id = unhex(wanted.value ->> 0) and credit.account_number = wanted.value ->> 1
  and credit.bank_reference = wanted.value ->> 2 and credit.amount = wanted.value ->> 3
limit 20000
