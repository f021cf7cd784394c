select ordinal, number, rule, field, found from statement_error
where tenant_id = $1 and statement_import_id = $2 and ordinal > $3
order by ordinal
limit $4
