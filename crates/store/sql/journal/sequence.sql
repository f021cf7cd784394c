select journal_sequence from tenant_head where tenant_id = $1
