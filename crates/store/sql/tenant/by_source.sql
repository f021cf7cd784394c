select tenant.tenant_id, tenant.mode, tenant.default_flow, tenant.name, tenant.name_en, tenant.matching_order,
    callback_source.dialect, callback_source.sealed_secret, callback_source.sealed_previous_secret,
    callback_source.account, callback_source.tolerance_seconds, callback_source.allowed_networks
from callback_source join tenant on tenant.tenant_id = callback_source.tenant_id
where callback_source.source = $1
