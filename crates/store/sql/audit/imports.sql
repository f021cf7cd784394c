select tenant_id, statement_import_id, file_digest, account_hint, encoding_hint, feed
from statement_import
where (tenant_id, statement_import_id) > ($1, $2)
order by tenant_id, statement_import_id
limit 1
