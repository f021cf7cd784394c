-- The writer holds the tenant's head, so what it read of an account is what it still is.
insert into account (
    tenant_id, account_code, account_type, sequence, balance
)
select
    unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4
from json_each($1)
where true
on conflict (tenant_id, account_code) do update set sequence = excluded.sequence, balance = excluded.balance
