select api_key_id, label, scopes, allowed_networks, created_by, created_at, expires_at, revoked_at, last_used_at
from api_key where tenant_id = $1 and api_key_id = $2
