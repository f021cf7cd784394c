update delivery
set attempts = $3, status = $4, next_attempt_at = $5, last_response_status = $6, last_error = $7,
    delivered_at = coalesce($8, delivered_at)
where tenant_id = $1 and delivery_id = $2
