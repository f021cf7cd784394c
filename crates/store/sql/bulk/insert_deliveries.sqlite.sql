insert into delivery (
    tenant_id, delivery_id, event_sequence, endpoint_id, status, attempts, next_attempt_at,
    created_at
)
values (?, ?, ?, ?, ?, ?, ?, ?)
