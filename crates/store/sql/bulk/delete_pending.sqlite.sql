delete from callback_pending
where (tenant_id, callback_id) in (select unhex(value ->> 0), unhex(value ->> 1) from json_each($1))
