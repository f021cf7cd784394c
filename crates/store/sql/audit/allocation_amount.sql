-- What is given to requests at any time is at least nothing and at most the credit.
select credit.tenant_id, allocation.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, credit.amount as expected, cast(sum(allocation.amount) as bigint) as found
from allocation
join bank_credit as credit
  on credit.tenant_id = allocation.tenant_id and credit.bank_credit_id = allocation.bank_credit_id
group by credit.tenant_id, allocation.bank_credit_id, credit.amount
having sum(allocation.amount) not between 0 and credit.amount
limit $1
