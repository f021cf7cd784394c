-- The first day before these with money of an item that no run has shared.
select cast(coalesce(min(entry.business_date), 0) as bigint)
from journal_entry as entry
join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
where entry.tenant_id = $1 and entry.business_date > $2 and entry.business_date < $3
  and entry.rule <> 'period_split' and posting.account_code like 'collected:%'
