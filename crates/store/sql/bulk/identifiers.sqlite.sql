select identifier.tenant_id, identifier.kind, identifier.value, identifier.payer_id,
    identifier.payment_request_id
from json_each($1) as wanted
cross join payer_identifier as identifier
  on identifier.tenant_id = unhex(wanted.value ->> 0) and identifier.kind = wanted.value ->> 1
 and identifier.value = wanted.value ->> 2 and identifier.closed_at is null
