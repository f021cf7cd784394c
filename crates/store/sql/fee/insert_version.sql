insert into fee_version
    (tenant_id, item_code, version, starts_on, ends_on, declared_from, terms, fee_import_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)
