insert into bank_credit (
    tenant_id, bank_credit_id, source, provider_event_id, callback_id, notice_digest, amount,
    account_number, virtual_account, memo, memo_full, memo_digest, bank_reference,
    counterparty_name, counterparty_account, booked_at, balance_after, business_date, received_at,
    outcome, suspense_reason, match_detail
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
