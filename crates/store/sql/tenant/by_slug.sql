select tenant.tenant_id, tenant.mode, tenant.default_flow, tenant.name, tenant.name_en from tenant where slug = $1
