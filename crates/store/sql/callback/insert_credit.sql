insert into bank_credit
    (tenant_id, bank_credit_id, source, provider_event_id, callback_id, notice_digest, amount,
     account_number, virtual_account, memo, memo_full, bank_reference, counterparty_name,
     counterparty_account, booked_at, balance_after, business_date, received_at, outcome,
     suspense_reason, match_detail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
