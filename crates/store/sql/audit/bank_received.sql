-- A bank account holds what it received, without what was confirmed to be reported twice, less what was
-- remitted from it.
select account.tenant_id, cast(null as uuid) as key_id, account.account_code as key_text, cast(null as bigint) as key_number,
    cast(coalesce(max(received.total), 0) - coalesce(max(twice.total), 0) - coalesce(max(remitted.total), 0) as bigint) as expected,
    account.balance as found
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
left join (
    select credit.tenant_id, credit.account_number,
        sum(case when act.kind = 'duplicate_confirmed' then act.amount else -act.amount end) as total
    from credit_act as act
    left join credit_act as undone
      on undone.tenant_id = act.tenant_id and undone.credit_act_id = act.undoes_act_id
    join bank_credit as credit
      on credit.tenant_id = act.tenant_id and credit.bank_credit_id = act.bank_credit_id
    where act.kind = 'duplicate_confirmed' or undone.kind = 'duplicate_confirmed'
    group by credit.tenant_id, credit.account_number
) as twice
  on twice.tenant_id = account.tenant_id
 and account.account_code = 'bank:' || twice.account_number
where account.account_code like 'bank:%'
group by account.tenant_id, account.account_code, account.balance
having coalesce(max(received.total), 0) - coalesce(max(twice.total), 0) - coalesce(max(remitted.total), 0)
    <> account.balance
limit $1
