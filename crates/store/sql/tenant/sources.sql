select source from callback_source where tenant_id = $1 order by created_at, source limit 100
