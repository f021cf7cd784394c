insert into suspense_item (
    tenant_id, bank_credit_id, held, reason, since, version
)
values (?, ?, ?, ?, ?, ?)
