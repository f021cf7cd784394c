select credit.tenant_id, credit.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from bank_credit as credit
left join callback_message as message
  on message.tenant_id = credit.tenant_id and message.callback_id = credit.callback_id
 and message.bank_credit_id = credit.bank_credit_id and message.outcome = credit.outcome
where message.callback_id is null
limit $1
