insert into remittance_line (tenant_id, remittance_id, position, split_run_id, item_code, amount)
values ($1, $2, $3, $4, $5, $6)
