with wanted (tenant_id, account_code) as (
    values (?, ?)
)
select account.tenant_id, account.account_code, account.sequence, account.balance
from wanted
cross join account as account
  on account.tenant_id = wanted.tenant_id and account.account_code = wanted.account_code
