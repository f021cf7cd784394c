select account.tenant_id, account.account_code, account.sequence, account.balance
from unnest($1::uuid[], $2::text[]) as wanted (tenant_id, account_code)
join account as account
  on account.tenant_id = wanted.tenant_id and account.account_code = wanted.account_code
