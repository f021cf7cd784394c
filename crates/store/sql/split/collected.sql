-- What came in of each item on each day, less what went back.
select posting.account_code, entry.business_date,
    cast(sum(case when posting.side = 'credit' then posting.amount else -posting.amount end) as bigint) as amount
from journal_entry as entry
join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
where entry.tenant_id = $1 and entry.business_date between $2 and $3
  and entry.rule <> 'period_split' and posting.account_code like 'collected:%'
group by posting.account_code, entry.business_date
order by posting.account_code, entry.business_date
