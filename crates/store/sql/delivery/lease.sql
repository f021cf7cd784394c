update delivery set next_attempt_at = $3 where tenant_id = $1 and delivery_id = $2
