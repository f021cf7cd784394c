select tenant_id, payment_request_id from payment_request
where status = 'open' and expires_at <= $1
order by expires_at
limit $2
