select tenant_id, statement_import_id from statement_job
where status <> 'done' and leased_until <= $1
order by leased_until, statement_import_id
limit 1
