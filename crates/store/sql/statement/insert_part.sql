insert into statement_file (tenant_id, statement_import_id, part, bytes) values ($1, $2, $3, $4)
