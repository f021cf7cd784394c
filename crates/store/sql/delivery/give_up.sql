update delivery set status = 'dead', last_error = $3
where tenant_id = $1 and endpoint_id = $2 and status = 'pending'
