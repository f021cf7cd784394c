insert into credit_report (
    tenant_id, source, provider_event_id, bank_credit_id, notice_digest, reported_at, audit_sequence
)
select
    unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), unhex(value ->> 4), value
    ->> 5, value ->> 6
from json_each($1)
