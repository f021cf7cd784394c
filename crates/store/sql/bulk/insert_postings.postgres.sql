insert into posting (
    tenant_id, account_code, sequence, journal_entry_id, position, side, amount, balance_after
)
select * from unnest(
    $1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::bigint[], $6::text[], $7::bigint[],
    $8::bigint[]
)
