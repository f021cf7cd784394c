-- Answers those that are new: an attempt with this number that is there already was recorded by a
-- process that took over after our lease had ended.
insert into delivery_attempt (
    tenant_id, delivery_id, attempt, started_at, duration_micros, response_status, error, response_text
)
values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict (tenant_id, delivery_id, attempt) do nothing
returning tenant_id, delivery_id, attempt
