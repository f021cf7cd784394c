update tenant_head as head
set event_sequence = new.event_sequence,
    journal_sequence = new.journal_sequence,
    audit_sequence = new.audit_sequence,
    audit_hash = new.audit_hash
from unnest(
    $1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]
) as new (tenant_id, event_sequence, journal_sequence, audit_sequence, audit_hash)
where head.tenant_id = new.tenant_id
