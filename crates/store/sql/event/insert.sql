insert into event
    (tenant_id, sequence, event_id, event_type, subject, subject_version, occurred_at, data)
values ($1, $2, $3, $4, $5, $6, $7, $8)
