select remittance_id, position, bank_reference, amount, recorded_at from remittance_payment
where tenant_id = $1 and account_number = $2 and value_date = $3
order by remittance_id, position
limit $4
