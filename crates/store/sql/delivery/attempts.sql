select attempt, started_at, duration_micros, response_status, error, response_text
from delivery_attempt
where tenant_id = $1 and delivery_id = $2
order by attempt desc
limit $3
