insert into suspense_item (
    tenant_id, bank_credit_id, held, reason, since, version
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]
)
