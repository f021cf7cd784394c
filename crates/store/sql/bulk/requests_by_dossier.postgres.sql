-- Portals' ids as banks leave them, without their punctuation.
select request.payment_request_id, wanted.token
from unnest($1::uuid[], $2::text[]) as wanted (tenant_id, token)
join payment_request as request
  on request.tenant_id = wanted.tenant_id
 and upper(replace(replace(replace(replace(replace(request.external_id, '-', ''), '.', ''), '/', ''), '_', ''), ' ', '')) = wanted.token
order by request.payment_request_id desc
limit 16
