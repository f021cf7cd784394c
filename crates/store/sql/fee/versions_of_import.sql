select item_code, version, starts_on, ends_on, declared_from, terms
from fee_version where tenant_id = $1 and fee_import_id = $2
order by item_code, version limit 10000
