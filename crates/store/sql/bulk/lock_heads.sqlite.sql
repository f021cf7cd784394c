-- BEGIN IMMEDIATE holds the only write lock already; there is nothing to lock here.
select tenant_id, event_sequence, journal_sequence, audit_sequence, audit_hash,
    closed_through
from tenant_head
where tenant_id in (values (?))
