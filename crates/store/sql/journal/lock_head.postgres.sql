select event_sequence, journal_sequence, audit_sequence, audit_hash
from tenant_head where tenant_id = $1
for update
