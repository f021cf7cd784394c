select count(*) from callback_pending where tenant_id = $1 and received_at < $2
