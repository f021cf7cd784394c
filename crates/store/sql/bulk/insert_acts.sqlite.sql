insert into credit_act (
    tenant_id, credit_act_id, bank_credit_id, version, kind, amount, journal_entry_id,
    undoes_act_id, actor, reason, operation, idempotency_key, idempotency_digest, decided_at
)
select
    unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), value ->> 3, value ->> 4,
    value ->> 5, unhex(value ->> 6), unhex(value ->> 7), value ->> 8, value ->> 9,
    value ->> 10, value ->> 11, unhex(value ->> 12), value ->> 13
from json_each($1)
