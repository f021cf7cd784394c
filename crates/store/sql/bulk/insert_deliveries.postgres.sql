insert into delivery (
    tenant_id, delivery_id, event_sequence, endpoint_id, status, attempts, next_attempt_at,
    created_at
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[],
    $8::bigint[]
)
