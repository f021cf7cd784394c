insert into audit_record (
    tenant_id, sequence, at, actor, action, subject, detail, hash
)
values (?, ?, ?, ?, ?, ?, ?, ?)
