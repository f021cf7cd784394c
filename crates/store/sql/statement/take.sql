update statement_job set leased_until = $4
where tenant_id = $1 and statement_import_id = $2 and status <> 'done' and leased_until <= $3
