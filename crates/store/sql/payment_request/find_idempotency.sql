select digest, payment_request_id from idempotency
where tenant_id = $1 and operation = $2 and idempotency_key = $3
