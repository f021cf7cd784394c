update tenant_head
set event_sequence = $2, journal_sequence = $3, audit_sequence = $4, audit_hash = $5
where tenant_id = $1
