select bank_credit_id, source, bank_reference, booked_at, memo
from bank_credit
where tenant_id = $1 and account_number = $2 and amount = $3 and booked_at between $4 and $5
  and source <> $6
limit 20
