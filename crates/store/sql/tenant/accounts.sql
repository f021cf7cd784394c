select payee_account_id, bank_bin, account_number, account_name
from payee_account where tenant_id = $1
order by position, payee_account_id limit 200
