-- $1 now, $2 per endpoint at most, $3 in all at most, $4 endpoints to leave out. The endpoints with
-- something waiting are walked through the index, so that a long queue costs no more than a short one.
-- Another process may be delivering some of them: take what is free.
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
join webhook_endpoint as endpoint on endpoint.endpoint_id = waiting.endpoint_id
cross join lateral (
    select due.tenant_id, due.delivery_id, due.endpoint_id, due.attempts, due.event_sequence,
        due.next_attempt_at
    from delivery as due
    where due.status = 'pending' and due.endpoint_id = endpoint.endpoint_id
      and due.next_attempt_at <= $1
    order by due.next_attempt_at, due.delivery_id
    limit $2
    for update skip locked
) as delivery
join event on event.tenant_id = delivery.tenant_id and event.sequence = delivery.event_sequence
where endpoint.disabled_at is null and endpoint.endpoint_id <> all ($4::uuid[])
order by delivery.next_attempt_at, delivery.delivery_id
limit $3
