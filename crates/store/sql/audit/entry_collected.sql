-- What an entry posts to items is what its allocations say.
select given.tenant_id, given.journal_entry_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, given.collected as expected, cast(coalesce(sum(case when posting.side = 'credit' then posting.amount else -posting.amount end), 0) as bigint) as found
from (
    select tenant_id, journal_entry_id, cast(sum(collected) as bigint) as collected
    from allocation group by tenant_id, journal_entry_id
) as given
left join posting
  on posting.tenant_id = given.tenant_id and posting.journal_entry_id = given.journal_entry_id
 and posting.account_code like 'collected:%'
group by given.tenant_id, given.journal_entry_id, given.collected
having coalesce(sum(case when posting.side = 'credit' then posting.amount else -posting.amount end), 0) <> given.collected
limit $1
