-- The same bytes from the same source are one row: a repeat touches nothing.
insert into callback
    (tenant_id, callback_id, source, dialect, received_at, headers, body, body_digest)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (tenant_id, source, body_digest) do nothing
