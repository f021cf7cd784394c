update tenant_head set closed_through = $2 where tenant_id = $1
