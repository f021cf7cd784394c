insert into allocation (
    tenant_id, allocation_id, bank_credit_id, payment_request_id, journal_entry_id, amount,
    rule, allocated_at, collected, credit_act_id, reverses
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[],
    $8::bigint[], $9::bigint[], $10::uuid[], $11::uuid[]
)
