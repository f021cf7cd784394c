-- A null stands for a success. The row is touched only where it turns from one to the other.
with new (tenant_id, endpoint_id, failing_since) as (
    values (?, ?, ?)
)
update webhook_endpoint set failing_since = new.failing_since
from new
where webhook_endpoint.tenant_id = new.tenant_id and webhook_endpoint.endpoint_id = new.endpoint_id
  and (webhook_endpoint.failing_since is null) <> (new.failing_since is null)
