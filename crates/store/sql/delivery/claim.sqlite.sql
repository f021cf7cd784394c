-- $1 now, $2 per endpoint at most, $3 in all at most, $4 endpoints to leave out. The endpoints with
-- something waiting are walked through the index, so that a long queue costs no more than a short one.
-- The writer's transaction excludes every other one already.
with recursive waiting (endpoint_id) as (
    select (
        select first.endpoint_id from delivery as first
        where first.status = 'pending'
        order by first.endpoint_id limit 1
    )
    union all
    select (
        select next.endpoint_id from delivery as next
        where next.status = 'pending' and next.endpoint_id > waiting.endpoint_id
        order by next.endpoint_id limit 1
    )
    from waiting
    where waiting.endpoint_id is not null
)
select delivery.tenant_id, delivery.delivery_id, delivery.endpoint_id, endpoint.url,
    endpoint.sealed_secret, endpoint.sealed_previous_secret, endpoint.previous_secret_until,
    delivery.attempts, event.sequence, event.event_id, event.event_type, event.occurred_at, event.data
from waiting
cross join webhook_endpoint as endpoint on endpoint.endpoint_id = waiting.endpoint_id
cross join delivery on delivery.tenant_id = endpoint.tenant_id and delivery.delivery_id in (
    select due.delivery_id from delivery as due
    where due.status = 'pending' and due.endpoint_id = endpoint.endpoint_id
      and due.next_attempt_at <= $1
    order by due.next_attempt_at, due.delivery_id
    limit $2
)
join event on event.tenant_id = delivery.tenant_id and event.sequence = delivery.event_sequence
where endpoint.disabled_at is null
  and endpoint.endpoint_id not in (select unhex(value ->> 0) from json_each($4))
order by delivery.next_attempt_at, delivery.delivery_id
limit $3
