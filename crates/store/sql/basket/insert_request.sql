insert into basket_request (tenant_id, basket_id, position, payment_request_id)
values ($1, $2, $3, $4)
