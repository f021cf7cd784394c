insert into statement_error (
    tenant_id, statement_import_id, ordinal, number, rule, field, found
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6
from json_each($1)
