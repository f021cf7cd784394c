with wanted (tenant_id) as (
    values (?)
)
select endpoint.tenant_id, endpoint.endpoint_id, endpoint.event_types
from wanted
cross join webhook_endpoint as endpoint on endpoint.tenant_id = wanted.tenant_id
where endpoint.disabled_at is null
order by endpoint.tenant_id, endpoint.endpoint_id
