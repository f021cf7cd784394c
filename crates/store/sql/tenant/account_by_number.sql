select payee_account_id, bank_bin, account_number, account_name
from payee_account where tenant_id = $1 and account_number = $2
