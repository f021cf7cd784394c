insert into callback_message (
    tenant_id, callback_id, ordinal, outcome, provider_event_id, bank_credit_id, detail, decided_at
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::uuid[], $7::text[],
    $8::bigint[]
)
