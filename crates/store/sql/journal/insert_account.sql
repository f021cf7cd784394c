insert into account (tenant_id, account_code, account_type, sequence, balance)
values ($1, $2, $3, $4, $5)
