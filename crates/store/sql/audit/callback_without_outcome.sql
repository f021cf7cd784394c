select callback.tenant_id, callback.callback_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from callback
left join callback_message as message
  on message.tenant_id = callback.tenant_id and message.callback_id = callback.callback_id
left join callback_pending as pending
  on pending.tenant_id = callback.tenant_id and pending.callback_id = callback.callback_id
where message.callback_id is null and pending.callback_id is null
limit $1
