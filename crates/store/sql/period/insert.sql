insert into period
    (tenant_id, kind, starts_on, ends_on, journal_sequence, audit_sequence, audit_hash, figures,
     closed_by, closed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
