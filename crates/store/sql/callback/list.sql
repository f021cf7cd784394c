-- A callback that still waits has no message yet; an empty outcome means any.
select callback.callback_id, message.ordinal, callback.source, callback.received_at, message.outcome,
    message.provider_event_id, message.bank_credit_id, message.detail
from callback
left join callback_message as message
  on message.tenant_id = callback.tenant_id and message.callback_id = callback.callback_id
where callback.tenant_id = $1
  and callback.callback_id < $2
  and ($3 = '' or message.outcome = $3)
order by callback.callback_id desc, message.ordinal
limit $4
