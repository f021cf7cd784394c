select tenant.tenant_id, tenant.mode, tenant.default_flow, tenant.name, tenant.name_en, tenant.matching_order from tenant where tenant_id = $1
