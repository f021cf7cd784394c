select api_key.api_key_id, api_key.scopes, api_key.allowed_networks, api_key.expires_at, api_key.last_used_at,
    tenant.tenant_id, tenant.mode, tenant.default_flow, tenant.name, tenant.name_en, tenant.matching_order
from api_key join tenant on tenant.tenant_id = api_key.tenant_id
where api_key.digest = $1
  and api_key.revoked_at is null
  and (api_key.expires_at is null or api_key.expires_at > $2)
