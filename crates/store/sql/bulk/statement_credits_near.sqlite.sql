select credit.tenant_id, credit.bank_credit_id, credit.source, credit.account_number, credit.amount,
    credit.bank_reference, credit.booked_at, credit.balance_after, credit.memo, credit.memo_full,
    credit.received_at
from json_each($1) as wanted
cross join bank_credit as credit
  on credit.tenant_id = unhex(wanted.value ->> 0)
  and credit.account_number = wanted.value ->> 1
  and credit.amount = wanted.value ->> 2
  and credit.booked_at between wanted.value ->> 3 and wanted.value ->> 4
  and credit.source >= 'statement:' and credit.source < 'statement;'
limit 20000
