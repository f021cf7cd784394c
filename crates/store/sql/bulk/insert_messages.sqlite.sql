insert into callback_message (
    tenant_id, callback_id, ordinal, outcome, provider_event_id, bank_credit_id, detail, decided_at
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4,
    unhex(value ->> 5), value ->> 6, value ->> 7
from json_each($1)
