select feed, account_hint, encoding_hint, file_digest, bytes, lines, created_at
from statement_import
where tenant_id = $1 and statement_import_id = $2
