-- A source that another tenant owns is left as it is: no row is touched, and the caller refuses.
insert into callback_source
    (source, tenant_id, dialect, sealed_secret, sealed_previous_secret, account, tolerance_seconds,
     allowed_networks, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (source) do update
set dialect = excluded.dialect, sealed_secret = excluded.sealed_secret,
    sealed_previous_secret = excluded.sealed_previous_secret, account = excluded.account,
    tolerance_seconds = excluded.tolerance_seconds, allowed_networks = excluded.allowed_networks
where callback_source.tenant_id = excluded.tenant_id
