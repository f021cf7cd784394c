-- The writer's transaction excludes every other one already.
select delivery.tenant_id, delivery.delivery_id, delivery.endpoint_id, endpoint.url,
    endpoint.sealed_secret, tenant.mode, delivery.attempts, event.sequence, event.event_id,
    event.event_type, event.occurred_at, event.data
from delivery
join webhook_endpoint as endpoint
  on endpoint.tenant_id = delivery.tenant_id and endpoint.endpoint_id = delivery.endpoint_id
join event on event.tenant_id = delivery.tenant_id and event.sequence = delivery.event_sequence
join tenant on tenant.tenant_id = delivery.tenant_id
where delivery.status = 'pending' and delivery.next_attempt_at <= $1 and endpoint.disabled_at is null
order by delivery.next_attempt_at, delivery.delivery_id
limit $2
