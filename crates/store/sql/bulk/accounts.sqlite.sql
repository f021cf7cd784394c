select account.tenant_id, account.account_code, account.sequence, account.balance
from json_each($1) as wanted
cross join account as account
  on account.tenant_id = unhex(wanted.value ->> 0) and account.account_code = wanted.value ->> 1
