insert into allocation (
    tenant_id, allocation_id, bank_credit_id, payment_request_id, journal_entry_id, amount,
    rule, allocated_at, collected, credit_act_id, reverses
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
