select payment_request_id from basket_request
where tenant_id = $1 and basket_id = $2
order by position
