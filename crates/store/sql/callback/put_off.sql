update callback_pending set attempts = attempts + 1, next_attempt_at = $3
where tenant_id = $1 and callback_id = $2
