insert into callback_message (
    tenant_id, callback_id, ordinal, outcome, provider_event_id, bank_credit_id, detail, decided_at
)
values (?, ?, ?, ?, ?, ?, ?, ?)
