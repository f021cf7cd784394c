insert into journal_entry
    (tenant_id, journal_entry_id, sequence, rule, business_date, posted_at, bank_credit_id)
values ($1, $2, $3, $4, $5, $6, $7)
