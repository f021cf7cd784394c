insert into callback_pending (
    tenant_id, callback_id, received_at, attempts, next_attempt_at
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]
)
