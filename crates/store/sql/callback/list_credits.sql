-- An empty outcome means any, and so does a request that equals $5 (the nil id).
select credit.bank_credit_id, credit.source, credit.callback_id, credit.amount, credit.account_number,
    credit.memo, credit.bank_reference, credit.booked_at, credit.received_at, credit.outcome,
    credit.suspense_reason, credit.match_detail, allocation.payment_request_id
from bank_credit as credit
left join allocation
  on allocation.tenant_id = credit.tenant_id and allocation.bank_credit_id = credit.bank_credit_id
where credit.tenant_id = $1
  and credit.bank_credit_id < $2
  and ($3 = '' or credit.outcome = $3)
  and (allocation.payment_request_id = $4 or $4 = $5)
order by credit.bank_credit_id desc
limit $6
