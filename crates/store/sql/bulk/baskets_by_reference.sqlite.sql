with wanted (tenant_id, reference) as (
    values (?, ?)
)
select basket.tenant_id, basket.reference, item.payment_request_id
from wanted
cross join basket
  on basket.tenant_id = wanted.tenant_id and basket.reference = wanted.reference
join basket_request as item
  on item.tenant_id = basket.tenant_id and item.basket_id = basket.basket_id
order by basket.tenant_id, basket.reference, item.position
