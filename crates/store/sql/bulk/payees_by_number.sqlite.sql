with wanted (tenant_id, account_number) as (
    values (?, ?)
)
select payee.tenant_id, payee.account_number
from wanted
cross join payee_account as payee
  on payee.tenant_id = wanted.tenant_id and payee.account_number = wanted.account_number
