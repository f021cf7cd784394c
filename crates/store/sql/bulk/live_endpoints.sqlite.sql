select endpoint.tenant_id, endpoint.endpoint_id
from json_each($1) as wanted
cross join webhook_endpoint as endpoint on endpoint.tenant_id = unhex(wanted.value ->> 0)
where endpoint.disabled_at is null
order by endpoint.tenant_id, endpoint.endpoint_id
