insert into refused_callback (
    tenant_id, callback_id, source, dialect, account, received_at, reason, sealed_headers, body,
    body_digest
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (tenant_id, source, body_digest) do nothing
