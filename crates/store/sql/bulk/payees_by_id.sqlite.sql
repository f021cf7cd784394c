select payee.tenant_id, payee.payee_account_id, payee.bank_bin, payee.account_number, payee.account_name
from json_each($1) as wanted
cross join payee_account as payee
  on payee.tenant_id = unhex(wanted.value ->> 0) and payee.payee_account_id = unhex(wanted.value ->> 1)
