insert into credit_act (
    tenant_id, credit_act_id, bank_credit_id, version, kind, amount, journal_entry_id,
    undoes_act_id, actor, reason, operation, idempotency_key, idempotency_digest, decided_at
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::uuid[],
    $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::bigint[]
)
