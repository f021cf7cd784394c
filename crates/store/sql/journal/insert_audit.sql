insert into audit_record (tenant_id, sequence, at, actor, action, subject, detail, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8)
