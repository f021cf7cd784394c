insert into bank_debit (
    tenant_id, source, provider_event_id, callback_id, amount, account_number, memo, bank_reference,
    counterparty_name, counterparty_account, booked_at, balance_after, received_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (tenant_id, source, provider_event_id) do nothing
