update account set sequence = $3, balance = $4 where tenant_id = $1 and account_code = $2
