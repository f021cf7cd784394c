select tenant_id, statement_import_id, ordinal, number, rule, field, found
from statement_error
where tenant_id = $1 and statement_import_id = $2
order by ordinal
