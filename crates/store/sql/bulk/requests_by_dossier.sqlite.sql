-- Portals' ids as banks leave them, without their punctuation.
with wanted (tenant_id, token) as (
    values (?, ?)
)
select request.payment_request_id, wanted.token as token
from wanted
cross join payment_request as request
  on request.tenant_id = wanted.tenant_id
 and upper(replace(replace(replace(replace(replace(request.external_id, '-', ''), '.', ''), '/', ''), '_', ''), ' ', '')) = wanted.token
order by request.payment_request_id desc
limit 16
