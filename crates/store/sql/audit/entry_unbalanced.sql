select posting.tenant_id, journal_entry_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(sum(case when side = 'debit' then amount else 0 end) as bigint) as expected, cast(sum(case when side = 'credit' then amount else 0 end) as bigint) as found
from posting
group by tenant_id, journal_entry_id
having sum(case when side = 'debit' then amount else -amount end) <> 0
limit $1
