delete from callback_pending
where (tenant_id, callback_id) in (select * from unnest($1::uuid[], $2::uuid[]))
