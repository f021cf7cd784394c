select account.tenant_id, cast(null as uuid) as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(0 as bigint) as expected, cast(sum(balance) as bigint) as found
from account
group by tenant_id
having sum(balance) <> 0
limit $1
