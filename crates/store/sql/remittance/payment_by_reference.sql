select remittance_id, amount from remittance_payment
where tenant_id = $1 and account_number = $2 and bank_reference = $3
