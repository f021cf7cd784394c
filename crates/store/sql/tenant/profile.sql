select province, autonomous, tax_code, address from tenant_profile where tenant_id = $1
