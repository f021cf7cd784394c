delete from callback_source where tenant_id = $1 and source = $2
