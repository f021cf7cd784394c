-- An address that is switched off is switched on again, with a new secret and under its old id.
insert into webhook_endpoint (tenant_id, endpoint_id, url, sealed_secret, created_at, event_types, version)
values ($1, $2, $3, $4, $5, $6, 1)
on conflict (tenant_id, url) do update
set sealed_secret = excluded.sealed_secret, sealed_previous_secret = null,
    previous_secret_until = null, event_types = excluded.event_types, disabled_at = null,
    disabled_reason = null, failing_since = null, version = webhook_endpoint.version + 1
where webhook_endpoint.disabled_at is not null
