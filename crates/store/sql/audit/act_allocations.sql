-- An act gives to requests what it takes out of suspense for them; taking it back gives as much back.
select act.tenant_id, act.credit_act_id as key_id, act.kind as key_text, cast(null as bigint) as key_number, case
        when act.kind in ('allocated', 'released') then act.amount
        when act.kind = 'undone' and (act.undoes_act_id is null or undone.kind in ('allocated', 'released')) then -act.amount
        else 0
    end as expected, cast(coalesce(sum(allocation.amount), 0) as bigint) as found
from credit_act as act
left join credit_act as undone
  on undone.tenant_id = act.tenant_id and undone.credit_act_id = act.undoes_act_id
left join allocation
  on allocation.tenant_id = act.tenant_id and allocation.credit_act_id = act.credit_act_id
group by act.tenant_id, act.credit_act_id, act.kind, act.amount, act.undoes_act_id, undone.kind
having coalesce(sum(allocation.amount), 0) <> case
        when act.kind in ('allocated', 'released') then act.amount
        when act.kind = 'undone' and (act.undoes_act_id is null or undone.kind in ('allocated', 'released')) then -act.amount
        else 0
    end
limit $1
