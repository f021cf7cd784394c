-- The audit chain has a record of each act of a kind on a credit.
select act.tenant_id, act.bank_credit_id as key_id, act.kind as key_text, cast(null as bigint) as key_number, act.acts as expected, cast(count(record.sequence) as bigint) as found
from (
    select tenant_id, bank_credit_id, kind, count(*) as acts
    from credit_act group by tenant_id, bank_credit_id, kind
) as act
left join audit_record as record
  on record.tenant_id = act.tenant_id and record.action = 'credit.' || act.kind
 and record.subject = 'pay_' || lower(hex(act.bank_credit_id))
group by act.tenant_id, act.bank_credit_id, act.kind, act.acts
having count(record.sequence) <> act.acts
limit $1
