insert into journal_entry (
    tenant_id, journal_entry_id, sequence, rule, business_date, posted_at, bank_credit_id,
    evidence_date
)
values (?, ?, ?, ?, ?, ?, ?, ?)
