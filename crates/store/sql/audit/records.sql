select tenant_id, sequence, at, actor, action, subject, detail, hash
from audit_record
where (tenant_id, sequence) > ($1, $2)
order by tenant_id, sequence
limit $3
