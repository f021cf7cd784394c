with wanted (tenant_id, payee_account_id) as (
    values (?, ?)
)
select payee.tenant_id, payee.payee_account_id, payee.bank_bin, payee.account_number, payee.account_name
from wanted
cross join payee_account as payee
  on payee.tenant_id = wanted.tenant_id and payee.payee_account_id = wanted.payee_account_id
