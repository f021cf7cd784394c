select credit.tenant_id, credit.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(1 as bigint) as expected, cast(count(event.sequence) as bigint) as found
from bank_credit as credit
left join event
  on event.tenant_id = credit.tenant_id
 and event.subject = 'pay_' || lower(hex(credit.bank_credit_id))
where credit.outcome = 'suspense'
group by credit.tenant_id, credit.bank_credit_id
having count(event.sequence) <> 1
limit $1
