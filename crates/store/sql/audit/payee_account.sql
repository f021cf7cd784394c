select bank_bin, account_number, account_name
from payee_account where tenant_id = $1 and payee_account_id = $2
