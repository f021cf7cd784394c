insert into statement_error (
    tenant_id, statement_import_id, ordinal, number, rule, field, found
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[]
)
