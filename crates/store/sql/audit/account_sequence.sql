select account.tenant_id, cast(null as uuid) as key_id, account.account_code as key_text, cast(null as bigint) as key_number, cast(coalesce(max(posting.sequence), 0) as bigint) as expected, account.sequence as found
from account
left join posting
  on posting.tenant_id = account.tenant_id and posting.account_code = account.account_code
group by account.tenant_id, account.account_code, account.sequence
having coalesce(max(posting.sequence), 0) <> account.sequence
limit $1
