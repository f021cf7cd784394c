select credit.tenant_id, credit.bank_credit_id as key_id, credit.outcome as key_text, cast(null as bigint) as key_number, cast(case when credit.outcome = 'settled' then 1 else 0 end as bigint) as expected, cast(count(allocation.allocation_id) as bigint) as found
from bank_credit as credit
left join allocation
  on allocation.tenant_id = credit.tenant_id and allocation.bank_credit_id = credit.bank_credit_id
group by credit.tenant_id, credit.bank_credit_id, credit.outcome
having count(allocation.allocation_id) <> case when credit.outcome = 'settled' then 1 else 0 end
limit $1
