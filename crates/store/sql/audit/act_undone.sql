-- An act takes back another one of the same credit, with the same amount, and no act that takes back.
select act.tenant_id, act.credit_act_id as key_id, act.kind as key_text, cast(null as bigint) as key_number, undone.amount as expected, act.amount as found
from credit_act as act
left join credit_act as undone
  on undone.tenant_id = act.tenant_id and undone.credit_act_id = act.undoes_act_id
where act.undoes_act_id is not null
  and (act.kind <> 'undone' or undone.credit_act_id is null or undone.kind = 'undone'
       or undone.amount <> act.amount or undone.bank_credit_id <> act.bank_credit_id
       or undone.version >= act.version)
limit $1
