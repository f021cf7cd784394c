select basket.tenant_id, basket.reference, item.payment_request_id
from json_each($1) as wanted
cross join basket
  on basket.tenant_id = unhex(wanted.value ->> 0) and basket.reference = wanted.value ->> 1
join basket_request as item
  on item.tenant_id = basket.tenant_id and item.basket_id = basket.basket_id
order by basket.tenant_id, basket.reference, item.position
