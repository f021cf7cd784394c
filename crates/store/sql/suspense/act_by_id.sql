select act.credit_act_id, act.bank_credit_id, act.version, act.kind, act.amount, act.undoes_act_id,
    act.actor, act.reason, act.idempotency_digest, act.decided_at, undoing.credit_act_id as undone_by
from credit_act as act
left join credit_act as undoing
  on undoing.tenant_id = act.tenant_id and undoing.undoes_act_id = act.credit_act_id
where act.tenant_id = $1 and act.credit_act_id = $2
