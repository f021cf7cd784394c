delete from callback_pending where tenant_id = $1 and callback_id = $2
