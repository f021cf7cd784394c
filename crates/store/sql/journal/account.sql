select sequence, balance from account where tenant_id = $1 and account_code = $2
