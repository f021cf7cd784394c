insert into webhook_endpoint (tenant_id, endpoint_id, url, sealed_secret, created_at)
values ($1, $2, $3, $4, $5)
on conflict (tenant_id, url) do update set sealed_secret = excluded.sealed_secret
returning endpoint_id
