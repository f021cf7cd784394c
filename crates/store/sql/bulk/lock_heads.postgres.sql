-- In the order of their ids, so that two batches never wait for each other in a circle.
select tenant_id, event_sequence, journal_sequence, audit_sequence, audit_hash,
    closed_through
from tenant_head
where tenant_id = any($1::uuid[])
order by tenant_id
for update
