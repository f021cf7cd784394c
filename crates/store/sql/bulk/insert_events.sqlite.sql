insert into event (
    tenant_id, sequence, event_id, event_type, subject, subject_version, occurred_at, data
)
select
    unhex(value ->> 0), value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7
from json_each($1)
