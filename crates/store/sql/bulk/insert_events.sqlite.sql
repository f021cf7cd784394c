insert into event (
    tenant_id, sequence, event_id, event_type, subject, subject_version, occurred_at, data
)
values (?, ?, ?, ?, ?, ?, ?, ?)
