-- Behind every declared account; the declared ones get their places back right after.
update payee_account set position = position + 1000 where tenant_id = $1 and position < 1000
