select bank_credit_id, source, bank_reference, booked_at, memo
from bank_credit
where tenant_id = $1 and account_number = $2 and bank_reference = $3 and amount = $4
limit 5
