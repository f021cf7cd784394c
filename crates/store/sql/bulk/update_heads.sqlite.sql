update tenant_head as head
set event_sequence = new.event_sequence,
    journal_sequence = new.journal_sequence,
    audit_sequence = new.audit_sequence,
    audit_hash = new.audit_hash
from (
    select
        unhex(value ->> 0) as tenant_id, value ->> 1 as event_sequence,
        value ->> 2 as journal_sequence, value ->> 3 as audit_sequence,
        unhex(value ->> 4) as audit_hash
    from json_each($1)
) as new
where head.tenant_id = new.tenant_id
