insert into statement_error (
    tenant_id, statement_import_id, ordinal, number, rule, field, found
)
values (?, ?, ?, ?, ?, ?, ?)
