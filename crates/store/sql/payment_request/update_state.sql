update payment_request
set version = version + 1, status = $4, received = $5, late = $6, paid_at = $7
where tenant_id = $1 and payment_request_id = $2 and version = $3
