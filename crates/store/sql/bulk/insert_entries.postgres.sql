insert into journal_entry (
    tenant_id, journal_entry_id, sequence, rule, business_date, posted_at, bank_credit_id,
    evidence_date
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::uuid[],
    $8::bigint[]
)
