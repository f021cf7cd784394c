select status, read_to, reported, posted, failed
from statement_job where tenant_id = $1 and statement_import_id = $2
