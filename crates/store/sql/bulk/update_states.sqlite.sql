-- A version that is not the expected one is not touched, and the writer sees that by the count.
with new (tenant_id, payment_request_id, before, version, status, received, late, paid_at) as (
    values (?, ?, ?, ?, ?, ?, ?, ?)
)
update payment_request as request
set version = new.version,
    status = new.status,
    received = new.received,
    late = new.late,
    paid_at = new.paid_at
from new
where request.tenant_id = new.tenant_id and request.payment_request_id = new.payment_request_id
  and request.version = new.before
