with wanted (tenant_id, endpoint_id) as (
    values (?, ?)
)
select endpoint.tenant_id, endpoint.endpoint_id, endpoint.failing_since
from wanted
cross join webhook_endpoint as endpoint
  on endpoint.tenant_id = wanted.tenant_id and endpoint.endpoint_id = wanted.endpoint_id
where endpoint.failing_since is not null and endpoint.disabled_at is null
