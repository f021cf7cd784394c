-- Without proof and not accepted since; or authentic, and its last reading failed.
select callback_id, source, received_at, is_refused, reason, bytes
from (
    select callback_id, source, received_at, cast(1 as bigint) as is_refused, reason,
        cast(length(body) as bigint) as bytes
    from refused_callback
    where tenant_id = $1 and callback_id < $2 and accepted_at is null
    union all
    select callback.callback_id, callback.source, callback.received_at, cast(0 as bigint) as is_refused,
        coalesce(message.detail, '') as reason, cast(length(callback.body) as bigint) as bytes
    from callback_message as message
    join callback
      on callback.tenant_id = message.tenant_id and callback.callback_id = message.callback_id
    where message.tenant_id = $1 and message.callback_id < $2 and message.outcome = 'quarantined'
      and not exists (
        select 1 from callback_message as later
        where later.tenant_id = message.tenant_id and later.callback_id = message.callback_id
          and later.ordinal > message.ordinal
      )
      and not exists (
        select 1 from callback_pending as waiting
        where waiting.tenant_id = message.tenant_id and waiting.callback_id = message.callback_id
      )
) as kept
order by callback_id desc
limit $3
