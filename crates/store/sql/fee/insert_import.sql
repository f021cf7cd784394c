insert into fee_import
    (tenant_id, fee_import_id, file_digest, effective_from, item_rows, added, changed, actor, imported_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
