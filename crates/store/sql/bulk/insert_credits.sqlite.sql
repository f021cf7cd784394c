insert into bank_credit (
    tenant_id, bank_credit_id, source, provider_event_id, callback_id, notice_digest, amount,
    account_number, virtual_account, memo, memo_full, memo_digest, bank_reference,
    counterparty_name, counterparty_account, booked_at, balance_after, business_date, received_at,
    outcome, suspense_reason, match_detail
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, unhex(value ->> 4),
    unhex(value ->> 5), value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10,
    unhex(value ->> 11), value ->> 12, value ->> 13, value ->> 14, value ->> 15, value ->> 16,
    value ->> 17, value ->> 18, value ->> 19, value ->> 20, value ->> 21
from json_each($1)
