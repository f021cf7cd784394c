insert into suspense_item (
    tenant_id, bank_credit_id, held, reason, since, version
)
select
    unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5
from json_each($1)
