select tenant_id, callback_id, dialect, account, body, body_digest
from callback
where (tenant_id, callback_id) > ($1, $2)
order by tenant_id, callback_id
limit $3
