select entry.tenant_id, entry.journal_entry_id as key_id, cast(null as text) as key_text, entry.sequence as key_number, cast(null as bigint) as expected, cast(count(posting.sequence) as bigint) as found
from journal_entry as entry
left join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
group by entry.tenant_id, entry.journal_entry_id, entry.sequence
having count(posting.sequence) < 2
limit $1
