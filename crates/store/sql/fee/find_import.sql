select added, changed from fee_import where tenant_id = $1 and fee_import_id = $2
