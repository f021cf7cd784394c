insert into audit_record (
    tenant_id, sequence, at, actor, action, subject, detail, hash
)
select
    unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, unhex(value ->> 7)
from json_each($1)
