select payee.tenant_id, payee.account_number
from unnest($1::uuid[], $2::text[]) as wanted (tenant_id, account_number)
join payee_account as payee
  on payee.tenant_id = wanted.tenant_id and payee.account_number = wanted.account_number
