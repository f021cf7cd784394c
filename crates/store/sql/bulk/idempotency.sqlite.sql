select stored.tenant_id, stored.operation, stored.idempotency_key, stored.digest, stored.payment_request_id
from json_each($1) as wanted
cross join idempotency as stored
  on stored.tenant_id = unhex(wanted.value ->> 0) and stored.operation = wanted.value ->> 1
  and stored.idempotency_key = wanted.value ->> 2
