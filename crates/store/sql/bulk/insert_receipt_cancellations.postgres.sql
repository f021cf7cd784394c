insert into receipt_cancellation (tenant_id, receipt_id, reason, actor, cancelled_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
