-- What the credit was given to when it came: all of it when it settled, nothing when it did not.
select credit.tenant_id, credit.bank_credit_id as key_id, credit.outcome as key_text, cast(null as bigint) as key_number, case when credit.outcome = 'settled' then credit.amount else 0 end as expected, cast(coalesce(sum(allocation.amount), 0) as bigint) as found
from bank_credit as credit
left join allocation
  on allocation.tenant_id = credit.tenant_id and allocation.bank_credit_id = credit.bank_credit_id
 and allocation.credit_act_id is null
group by credit.tenant_id, credit.bank_credit_id, credit.outcome, credit.amount
having coalesce(sum(allocation.amount), 0) <> case when credit.outcome = 'settled' then credit.amount else 0 end
limit $1
