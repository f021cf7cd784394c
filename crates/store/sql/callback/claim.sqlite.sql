-- The writer's transaction excludes every other one already.
select pending.tenant_id, pending.callback_id, callback.source, callback.dialect, callback.received_at,
    callback.body, pending.attempts
from callback_pending as pending
join callback
  on callback.tenant_id = pending.tenant_id and callback.callback_id = pending.callback_id
where pending.next_attempt_at <= $1
order by pending.received_at, pending.callback_id
limit $2
