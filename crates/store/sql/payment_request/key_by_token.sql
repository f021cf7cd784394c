select tenant_id, payment_request_id from payment_request where checkout_token = $1
