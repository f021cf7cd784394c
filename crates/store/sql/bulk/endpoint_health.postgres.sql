-- A null stands for a success. The row is touched only where it turns from one to the other.
update webhook_endpoint set failing_since = new.failing_since
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as new (tenant_id, endpoint_id, failing_since)
where webhook_endpoint.tenant_id = new.tenant_id and webhook_endpoint.endpoint_id = new.endpoint_id
  and (webhook_endpoint.failing_since is null) <> (new.failing_since is null)
