-- Portals' ids as banks leave them, without their punctuation.
select request.payment_request_id, wanted.value ->> 1 as token
from json_each($1) as wanted
cross join payment_request as request
  on request.tenant_id = unhex(wanted.value ->> 0)
 and upper(replace(replace(replace(replace(replace(request.external_id, '-', ''), '.', ''), '/', ''), '_', ''), ' ', '')) = wanted.value ->> 1
order by request.payment_request_id desc
limit 16
