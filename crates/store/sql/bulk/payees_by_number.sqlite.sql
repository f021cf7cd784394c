select payee.tenant_id, payee.account_number
from json_each($1) as wanted
cross join payee_account as payee
  on payee.tenant_id = unhex(wanted.value ->> 0) and payee.account_number = wanted.value ->> 1
