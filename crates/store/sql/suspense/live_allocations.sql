-- What is given to requests and was not taken back.
select given.allocation_id, given.credit_act_id, given.payment_request_id, given.amount, given.rule
from allocation as given
left join allocation as taken
  on taken.tenant_id = given.tenant_id and taken.reverses = given.allocation_id
where given.tenant_id = $1 and given.bank_credit_id = $2
  and given.reverses is null and taken.allocation_id is null
order by given.allocation_id
