update delivery set status = 'pending', next_attempt_at = $3
where tenant_id = $1 and delivery_id = $2 and status <> 'pending'
