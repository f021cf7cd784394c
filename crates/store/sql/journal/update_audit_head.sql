update tenant_head set audit_sequence = $2, audit_hash = $3 where tenant_id = $1
