insert into allocation
    (tenant_id, allocation_id, bank_credit_id, payment_request_id, journal_entry_id, amount, rule,
     allocated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
