select endpoint.tenant_id, endpoint.endpoint_id, endpoint.failing_since
from json_each($1) as wanted
cross join webhook_endpoint as endpoint
  on endpoint.tenant_id = unhex(wanted.value ->> 0) and endpoint.endpoint_id = unhex(wanted.value ->> 1)
where endpoint.failing_since is not null and endpoint.disabled_at is null
