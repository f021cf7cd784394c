select amount from bank_credit where tenant_id = $1 and bank_credit_id = $2
