-- The same bytes from the same source are one row: a repeat touches nothing and is not returned.
insert into callback (
    tenant_id, callback_id, source, dialect, received_at, headers, body, body_digest, account
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    unhex(value ->> 6), unhex(value ->> 7), value ->> 8
from json_each($1)
where true
on conflict (tenant_id, source, body_digest) do nothing
returning callback_id
