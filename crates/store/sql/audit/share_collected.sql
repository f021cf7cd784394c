-- What was shared of an item is what the journal collected on the days of the runs.
select run.tenant_id, run.split_run_id as key_id, share.item_code as key_text, cast(null as bigint) as key_number,
    cast(coalesce(sum(case when posting.side = 'credit' then posting.amount else -posting.amount end), 0) as bigint) as expected,
    share.total as found
from split_run as run
join (
    select tenant_id, split_run_id, item_code, cast(sum(amount) as bigint) as total
    from split_share group by tenant_id, split_run_id, item_code
) as share on share.tenant_id = run.tenant_id and share.split_run_id = run.split_run_id
left join journal_entry as entry
  on entry.tenant_id = run.tenant_id and entry.business_date between run.starts_on and run.ends_on
 and entry.rule <> 'period_split'
left join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
 and posting.account_code = 'collected:' || share.item_code
group by run.tenant_id, run.split_run_id, share.item_code, share.total
having coalesce(sum(case when posting.side = 'credit' then posting.amount when posting.side = 'debit' then -posting.amount else 0 end), 0) <> share.total
limit $1
