-- The entry of an act moves the act's amount in or out of suspense.
select act.tenant_id, act.credit_act_id as key_id, act.kind as key_text, cast(null as bigint) as key_number, case when act.kind = 'undone' then -act.amount else act.amount end as expected, cast(coalesce(sum(case when posting.side = 'debit' then posting.amount else -posting.amount end), 0) as bigint) as found
from credit_act as act
left join posting
  on posting.tenant_id = act.tenant_id and posting.journal_entry_id = act.journal_entry_id
 and posting.account_code = 'suspense'
group by act.tenant_id, act.credit_act_id, act.kind, act.amount
having coalesce(sum(case when posting.side = 'debit' then posting.amount else -posting.amount end), 0)
    <> case when act.kind = 'undone' then -act.amount else act.amount end
limit $1
