select pending.tenant_id, pending.callback_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from callback_pending as pending
join callback_message as message
  on message.tenant_id = pending.tenant_id and message.callback_id = pending.callback_id
 and message.ordinal >= pending.first_ordinal
limit $1
