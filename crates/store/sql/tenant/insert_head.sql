insert into tenant_head (tenant_id, event_sequence, journal_sequence, audit_sequence, audit_hash)
values ($1, 0, 0, 0, $2)
on conflict (tenant_id) do nothing
