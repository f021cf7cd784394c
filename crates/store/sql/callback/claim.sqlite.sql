-- The writer's transaction excludes every other one already. The inner query takes the first of the
-- index, so that a long queue costs no more than a short one.
select pending.tenant_id, pending.callback_id, callback.source, callback.dialect, callback.received_at,
    callback.body, callback.account, pending.attempts, pending.first_ordinal
from (
    select tenant_id, callback_id, attempts, first_ordinal, next_attempt_at
    from callback_pending
    where next_attempt_at <= $1
    order by next_attempt_at, callback_id
    limit $2
) as pending
cross join callback
  on callback.tenant_id = pending.tenant_id and callback.callback_id = pending.callback_id
order by pending.next_attempt_at, pending.callback_id
