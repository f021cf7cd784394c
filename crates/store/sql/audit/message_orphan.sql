select message.tenant_id, message.callback_id as key_id, cast(null as text) as key_text, message.ordinal as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from callback_message as message
left join callback
  on callback.tenant_id = message.tenant_id and callback.callback_id = message.callback_id
where callback.callback_id is null
limit $1
