insert into statement_summary (
    tenant_id, statement_import_id, position, account_number, starts_on, ends_on, opening, closing,
    credits, credit_sum, debits, debit_sum, errors, breaks
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
    $14::bigint[]
)
