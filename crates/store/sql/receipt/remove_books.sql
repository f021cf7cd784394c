delete from receipt_book where tenant_id = $1
