select account.tenant_id, cast(null as uuid) as key_id, account.account_code as key_text, cast(null as bigint) as key_number, cast(coalesce(sum(case when side = 'debit' then amount else -amount end), 0) as bigint) as expected, account.balance as found
from account
left join posting
  on posting.tenant_id = account.tenant_id and posting.account_code = account.account_code
group by account.tenant_id, account.account_code, account.balance
having coalesce(sum(case when side = 'debit' then amount else -amount end), 0) <> account.balance
limit $1
