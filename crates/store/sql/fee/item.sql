select item_code, position, name, name_en, legal_basis, unit_price
from fee_item where tenant_id = $1 and item_code = $2
