-- The writer's transaction excludes every other one already.
select pending.tenant_id, pending.callback_id, callback.source, callback.dialect, callback.received_at,
    callback.body, callback.account, pending.attempts, pending.first_ordinal
from callback_pending as pending
join callback
  on callback.tenant_id = pending.tenant_id and callback.callback_id = pending.callback_id
where pending.tenant_id = $1 and pending.callback_id = $2
