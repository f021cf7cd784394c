-- Not when this very secret is in place already: then the change was made before.
update webhook_endpoint
set sealed_previous_secret = sealed_secret, sealed_secret = $3, previous_secret_until = $4, version = $5
where tenant_id = $1 and endpoint_id = $2 and sealed_secret <> $3
