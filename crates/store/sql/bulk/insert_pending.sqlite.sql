insert into callback_pending (
    tenant_id, callback_id, received_at, attempts, next_attempt_at
)
values (?, ?, ?, ?, ?)
