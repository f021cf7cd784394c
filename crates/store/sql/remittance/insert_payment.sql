insert into remittance_payment
    (tenant_id, remittance_id, position, account_number, bank_reference, amount, value_date,
     journal_entry_id, actor, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
