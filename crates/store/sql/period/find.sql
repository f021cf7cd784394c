select kind, starts_on, ends_on, journal_sequence, audit_sequence, audit_hash, figures, closed_by,
    closed_at
from period where tenant_id = $1 and kind = $2 and starts_on = $3
