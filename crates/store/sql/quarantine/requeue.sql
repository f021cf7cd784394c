-- Only when its last reading failed and it does not wait already.
insert into callback_pending (
    tenant_id, callback_id, received_at, attempts, next_attempt_at, first_ordinal
)
select callback.tenant_id, callback.callback_id, callback.received_at, 0, $3, last.ordinal + 1
from callback
join callback_message as last
  on last.tenant_id = callback.tenant_id and last.callback_id = callback.callback_id
where callback.tenant_id = $1 and callback.callback_id = $2 and last.outcome = 'quarantined'
  and not exists (
    select 1 from callback_message as later
    where later.tenant_id = last.tenant_id and later.callback_id = last.callback_id
      and later.ordinal > last.ordinal
  )
  and not exists (
    select 1 from callback_pending as waiting
    where waiting.tenant_id = callback.tenant_id and waiting.callback_id = callback.callback_id
  )
