insert into credit_report (
    tenant_id, source, provider_event_id, bank_credit_id, notice_digest, reported_at, audit_sequence
)
values (?, ?, ?, ?, ?, ?, ?)
