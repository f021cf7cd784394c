select receipt_id, copy from receipt_print where tenant_id = $1 and receipt_print_id = $2
