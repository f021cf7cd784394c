-- What takes an allocation back is its mirror image, and no image of an image; the act that does it names
-- the act that gave it, or none when it was given at arrival.
select back.tenant_id, back.allocation_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, -given.amount as expected, back.amount as found
from allocation as back
left join allocation as given
  on given.tenant_id = back.tenant_id and given.allocation_id = back.reverses
left join credit_act as act
  on act.tenant_id = back.tenant_id and act.credit_act_id = back.credit_act_id
where back.reverses is not null
  and (given.allocation_id is null or given.reverses is not null or given.amount <> -back.amount
       or given.bank_credit_id <> back.bank_credit_id
       or given.payment_request_id <> back.payment_request_id
       or act.credit_act_id is null or act.undoes_act_id is distinct from given.credit_act_id)
limit $1
