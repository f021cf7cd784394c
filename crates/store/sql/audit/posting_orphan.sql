select posting.tenant_id, cast(null as uuid) as key_id, posting.account_code as key_text, posting.sequence as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from posting
left join journal_entry as entry
  on entry.tenant_id = posting.tenant_id and entry.journal_entry_id = posting.journal_entry_id
where entry.journal_entry_id is null
limit $1
