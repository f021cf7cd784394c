with wanted (tenant_id, operation, idempotency_key) as (
    values (?, ?, ?)
)
select stored.tenant_id, stored.operation, stored.idempotency_key, stored.digest, stored.payment_request_id
from wanted
cross join idempotency as stored
  on stored.tenant_id = wanted.tenant_id and stored.operation = wanted.operation
  and stored.idempotency_key = wanted.idempotency_key
