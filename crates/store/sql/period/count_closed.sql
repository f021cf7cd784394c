select count(*) from period
where tenant_id = $1 and kind = $2 and starts_on >= $3 and ends_on <= $4
