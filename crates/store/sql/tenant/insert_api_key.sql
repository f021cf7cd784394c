insert into api_key (tenant_id, api_key_id, digest, label, created_at)
values ($1, $2, $3, $4, $5)
on conflict (digest) do nothing
