select distinct posting.tenant_id, cast(null as uuid) as key_id, posting.account_code as key_text,
    cast(null as bigint) as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from posting
left join account
  on account.tenant_id = posting.tenant_id and account.account_code = posting.account_code
where account.account_code is null
limit $1
