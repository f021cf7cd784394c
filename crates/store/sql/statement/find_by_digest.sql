select statement_import_id from statement_import
where tenant_id = $1 and file_digest = $2 and account_hint = $3 and encoding_hint = $4
