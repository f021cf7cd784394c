insert into bank_credit (
    tenant_id, bank_credit_id, source, provider_event_id, callback_id, notice_digest, amount,
    account_number, virtual_account, memo, memo_full, memo_digest, bank_reference,
    counterparty_name, counterparty_account, booked_at, balance_after, business_date, received_at,
    outcome, suspense_reason, match_detail
)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::bytea[], $7::bigint[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::text[], $14::text[],
    $15::text[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::text[],
    $21::text[], $22::text[]
)
