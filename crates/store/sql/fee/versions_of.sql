select item_code, version, starts_on, ends_on, declared_from, terms
from fee_version where tenant_id = $1 and item_code = $2
order by version limit 1000
