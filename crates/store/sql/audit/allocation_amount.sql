select allocation.tenant_id, allocation.allocation_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, credit.amount as expected, allocation.amount as found
from allocation
join bank_credit as credit
  on credit.tenant_id = allocation.tenant_id and credit.bank_credit_id = allocation.bank_credit_id
where credit.amount <> allocation.amount
limit $1
