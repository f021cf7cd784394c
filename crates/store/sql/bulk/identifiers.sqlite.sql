with wanted (tenant_id, kind, value) as (
    values (?, ?, ?)
)
select identifier.tenant_id, identifier.kind, identifier.value, identifier.payer_id,
    identifier.payment_request_id
from wanted
cross join payer_identifier as identifier
  on identifier.tenant_id = wanted.tenant_id and identifier.kind = wanted.kind
 and identifier.value = wanted.value and identifier.closed_at is null
