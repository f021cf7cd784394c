-- What is still owed of an item is its shares less what was paid, per recipient (a liability's balance is
-- negative).
select share.tenant_id, cast(null as uuid) as key_id, share.account_code as key_text, cast(null as bigint) as key_number,
    cast(share.total - coalesce(paid.total, 0) as bigint) as expected, cast(-coalesce(account.balance, 0) as bigint) as found
from (
    select tenant_id,
        case recipient when 'budget' then 'payable_budget:' || item_code
            when 'retained' then 'retained:' || item_code
            else 'payable_other:' || recipient || ':' || item_code end as account_code,
        sum(amount) as total
    from split_share group by 1, 2
) as share
left join (
    select paid.tenant_id,
        case remittance.recipient when 'budget' then 'payable_budget:' || paid.item_code
            else 'payable_other:' || remittance.recipient || ':' || paid.item_code end as account_code,
        sum(paid.amount) as total
    from remittance_paid as paid
    join remittance
      on remittance.tenant_id = paid.tenant_id and remittance.remittance_id = paid.remittance_id
    group by 1, 2
) as paid on paid.tenant_id = share.tenant_id and paid.account_code = share.account_code
left join account
  on account.tenant_id = share.tenant_id and account.account_code = share.account_code
where share.total - coalesce(paid.total, 0) <> -coalesce(account.balance, 0)
limit $1
