select tenant_id, audit_hash from tenant_head
