-- The same bytes from the same source are one row: a repeat touches nothing and is not returned.
insert into callback (
    tenant_id, callback_id, source, dialect, received_at, headers, body, body_digest, account
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (tenant_id, source, body_digest) do nothing
returning callback_id
