-- Touched only where the declared secret is another than the one declared before: a secret that was
-- changed over the API since stays. The secret before goes on signing for a while.
insert into webhook_endpoint (tenant_id, endpoint_id, url, sealed_secret, created_at, declared_digest, version)
values ($1, $2, $3, $4, $5, $6, 1)
on conflict (tenant_id, url) do update
set sealed_previous_secret = webhook_endpoint.sealed_secret, previous_secret_until = $7,
    sealed_secret = excluded.sealed_secret, declared_digest = excluded.declared_digest,
    version = webhook_endpoint.version + 1
where webhook_endpoint.declared_digest is null
   or webhook_endpoint.declared_digest <> excluded.declared_digest
returning endpoint_id
