-- Settled and suspense made the credit; duplicate and conflict name one made before; the others none.
select message.tenant_id, message.callback_id as key_id, message.outcome as key_text, message.ordinal as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from callback_message as message
left join bank_credit as credit
  on credit.tenant_id = message.tenant_id and credit.bank_credit_id = message.bank_credit_id
where case
        when message.outcome in ('settled', 'suspense') then
            credit.bank_credit_id is null or credit.outcome <> message.outcome
            or credit.callback_id <> message.callback_id
        when message.outcome in ('duplicate', 'conflict') then credit.bank_credit_id is null
        else message.bank_credit_id is not null
    end
limit $1
