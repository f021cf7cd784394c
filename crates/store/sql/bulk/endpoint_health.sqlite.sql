-- A null stands for a success. The row is touched only where it turns from one to the other.
update webhook_endpoint set failing_since = new.failing_since
from (
    select unhex(value ->> 0) as tenant_id, unhex(value ->> 1) as endpoint_id, value ->> 2 as failing_since
    from json_each($1)
) as new
where webhook_endpoint.tenant_id = new.tenant_id and webhook_endpoint.endpoint_id = new.endpoint_id
  and (webhook_endpoint.failing_since is null) <> (new.failing_since is null)
