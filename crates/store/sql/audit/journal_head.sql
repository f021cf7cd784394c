select head.tenant_id, cast(null as uuid) as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(coalesce(max(journal_entry.sequence), 0) as bigint) as expected, head.journal_sequence as found
from tenant_head as head
left join journal_entry on journal_entry.tenant_id = head.tenant_id
group by head.tenant_id, head.journal_sequence
having coalesce(max(journal_entry.sequence), 0) <> head.journal_sequence
limit $1
