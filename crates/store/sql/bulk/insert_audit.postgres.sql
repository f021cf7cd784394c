insert into audit_record (
    tenant_id, sequence, at, actor, action, subject, detail, hash
)
select * from unnest(
    $1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bytea[]
)
