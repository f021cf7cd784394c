select credit.bank_credit_id, credit.provider_event_id, credit.notice_digest, credit.amount,
    credit.account_number, credit.memo, credit.bank_reference, credit.booked_at
from callback_message as message
join bank_credit as credit
  on credit.tenant_id = message.tenant_id and credit.bank_credit_id = message.bank_credit_id
where message.tenant_id = $1 and message.callback_id = $2
  and message.outcome in ('settled', 'suspense')
