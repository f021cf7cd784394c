select payee.tenant_id, payee.payee_account_id, payee.bank_bin, payee.account_number, payee.account_name
from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, payee_account_id)
join payee_account as payee
  on payee.tenant_id = wanted.tenant_id and payee.payee_account_id = wanted.payee_account_id
