-- The same bytes from the same source are one row: a repeat touches nothing and is not returned.
insert into callback (
    tenant_id, callback_id, source, dialect, received_at, headers, body, body_digest, account
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bytea[],
    $8::bytea[], $9::text[]
)
on conflict (tenant_id, source, body_digest) do nothing
returning callback_id
