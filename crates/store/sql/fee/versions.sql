select item_code, version, starts_on, ends_on, declared_from, terms
from fee_version where tenant_id = $1
order by item_code, version limit 50000
