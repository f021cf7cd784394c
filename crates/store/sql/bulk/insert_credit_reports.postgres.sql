insert into credit_report (
    tenant_id, source, provider_event_id, bank_credit_id, notice_digest, reported_at, audit_sequence
)
select * from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bigint[], $7::bigint[]
)
