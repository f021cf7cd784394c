insert into api_key (tenant_id, api_key_id, digest, label, created_at, expires_at, scopes, allowed_networks, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (digest) do nothing
