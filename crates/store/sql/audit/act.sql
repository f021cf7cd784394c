select act.kind, act.amount, act.version, act.actor, act.reason, act.bank_credit_id, entry.sequence
from credit_act as act
left join journal_entry as entry
  on entry.tenant_id = act.tenant_id and entry.journal_entry_id = act.journal_entry_id
where act.tenant_id = $1 and act.credit_act_id = $2
