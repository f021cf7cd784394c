with new (tenant_id, event_sequence, journal_sequence, audit_sequence, audit_hash) as (
    values (?, ?, ?, ?, ?)
)
update tenant_head as head
set event_sequence = new.event_sequence,
    journal_sequence = new.journal_sequence,
    audit_sequence = new.audit_sequence,
    audit_hash = new.audit_hash
from new
where head.tenant_id = new.tenant_id
