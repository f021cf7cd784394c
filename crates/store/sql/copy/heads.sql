select
    h.tenant_id,
    t.slug,
    h.event_sequence,
    h.journal_sequence,
    h.audit_sequence,
    h.audit_hash
from tenant_head as h
inner join tenant as t on h.tenant_id = t.tenant_id
order by h.tenant_id
