-- The balances of a moment that has passed: entries up to a number, on days up to a day.
select dated.account_code, account.account_type, dated.postings,
    case when dated.balance > 0 then dated.balance else 0 end as debit,
    case when dated.balance < 0 then -dated.balance else 0 end as credit
from (
    select posting.account_code, count(*) as postings,
        cast(sum(case when posting.side = 'debit' then posting.amount else -posting.amount end) as bigint) as balance
    from posting
    join journal_entry as entry
      on entry.tenant_id = posting.tenant_id and entry.journal_entry_id = posting.journal_entry_id
    where posting.tenant_id = $1 and entry.sequence <= $2 and entry.business_date <= $3
    group by posting.account_code
) as dated
join account on account.tenant_id = $1 and account.account_code = dated.account_code
order by dated.account_code
