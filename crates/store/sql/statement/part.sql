select bytes from statement_file where tenant_id = $1 and statement_import_id = $2 and part = $3
