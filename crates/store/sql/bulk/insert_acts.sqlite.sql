insert into credit_act (
    tenant_id, credit_act_id, bank_credit_id, version, kind, amount, journal_entry_id,
    undoes_act_id, actor, reason, operation, idempotency_key, idempotency_digest, decided_at
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
