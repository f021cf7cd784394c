select endpoint.tenant_id, endpoint.endpoint_id, endpoint.event_types
from json_each($1) as wanted
cross join webhook_endpoint as endpoint on endpoint.tenant_id = unhex(wanted.value ->> 0)
where endpoint.disabled_at is null
order by endpoint.tenant_id, endpoint.endpoint_id
