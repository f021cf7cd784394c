-- A bank account holds what it received less what was remitted from it.
select account.tenant_id, cast(null as uuid) as key_id, account.account_code as key_text, cast(null as bigint) as key_number,
    cast(coalesce(max(received.total), 0) - coalesce(max(remitted.total), 0) as bigint) as expected, account.balance as found
from account
left join (
    select tenant_id, account_number, sum(amount) as total
    from bank_credit group by tenant_id, account_number
) as received
  on received.tenant_id = account.tenant_id
 and account.account_code = 'bank:' || received.account_number
left join (
    select tenant_id, account_number, sum(amount) as total
    from remittance_payment group by tenant_id, account_number
) as remitted
  on remitted.tenant_id = account.tenant_id
 and account.account_code = 'bank:' || remitted.account_number
where account.account_code like 'bank:%'
group by account.tenant_id, account.account_code, account.balance
having coalesce(max(received.total), 0) - coalesce(max(remitted.total), 0) <> account.balance
limit $1
