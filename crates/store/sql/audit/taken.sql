select file_digest, file_name, feed, lines, errors, actor, created_at from statement_import
where tenant_id = $1 and statement_import_id = $2
