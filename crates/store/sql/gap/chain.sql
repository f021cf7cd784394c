select ends, check_at from balance_chain where tenant_id = $1 and account_number = $2
