select bank_credit_id, source from bank_credit
where tenant_id = $1 and account_number = $2 and bank_reference = $3 and amount = $4 and source <> $5
order by bank_credit_id
limit 1
