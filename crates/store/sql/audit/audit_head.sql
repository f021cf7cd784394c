select head.tenant_id, cast(null as uuid) as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(coalesce(max(audit_record.sequence), 0) as bigint) as expected, head.audit_sequence as found
from tenant_head as head
left join audit_record on audit_record.tenant_id = head.tenant_id
group by head.tenant_id, head.audit_sequence
having coalesce(max(audit_record.sequence), 0) <> head.audit_sequence
limit $1
