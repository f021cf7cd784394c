insert into statement_import
    (tenant_id, statement_import_id, file_digest, account_hint, encoding_hint, file_name, bytes, format,
     layout, encoding, feed, lines, errors, unbooked, actor, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
