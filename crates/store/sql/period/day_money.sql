-- What the bank's credits brought on these days, and where it went at once.
select
    cast(coalesce(sum(case when posting.side = 'debit' and posting.account_code like 'bank:%' then posting.amount else 0 end), 0) as bigint) as received,
    cast(coalesce(sum(case when posting.side = 'credit' and posting.account_code <> 'suspense' then posting.amount else 0 end), 0) as bigint) as allocated,
    cast(coalesce(sum(case when posting.side = 'credit' and posting.account_code = 'suspense' then posting.amount else 0 end), 0) as bigint) as suspense
from journal_entry as entry
join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
where entry.tenant_id = $1 and entry.business_date between $2 and $3
  and entry.rule in ('payment_settled', 'credit_in_suspense')
