insert into receipt_print (tenant_id, receipt_print_id, receipt_id, copy, actor, printed_at)
values ($1, $2, $3, $4, $5, $6)
