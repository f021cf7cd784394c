insert into event (
    tenant_id, sequence, event_id, event_type, subject, subject_version, occurred_at, data
)
select * from unnest(
    $1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
    $8::text[]
)
