insert into split_run
    (tenant_id, split_run_id, period, starts_on, ends_on, autonomous, actor, posted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
