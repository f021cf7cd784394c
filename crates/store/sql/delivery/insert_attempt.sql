insert into delivery_attempt
    (tenant_id, delivery_id, attempt, started_at, duration_micros, response_status, error)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant_id, delivery_id, attempt) do nothing
