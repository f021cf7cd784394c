-- Credits of other channels that were booked after a journal entry, and that no line of this feed is yet;
-- not what a person confirmed to have been reported twice.
select credit.bank_credit_id, credit.source, credit.amount, credit.bank_reference, credit.booked_at,
    credit.balance_after, credit.memo, credit.memo_full, credit.received_at,
    cast(case when item.reason = 'possible_duplicate' then 1 else 0 end as bigint) as is_held
from journal_entry as entry
join bank_credit as credit
  on credit.tenant_id = entry.tenant_id and credit.bank_credit_id = entry.bank_credit_id
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
where entry.tenant_id = $1 and entry.sequence > $3 and entry.reversal_of is null
  and credit.account_number = $2 and credit.source <> $4
  and not exists (
    select 1 from credit_report as report
    where report.tenant_id = credit.tenant_id and report.bank_credit_id = credit.bank_credit_id
      and report.source = $4
  )
  and not exists (
    select 1 from credit_act as act
    where act.tenant_id = credit.tenant_id and act.bank_credit_id = credit.bank_credit_id
      and act.kind = 'duplicate_confirmed'
      and not exists (
        select 1 from credit_act as undo
        where undo.tenant_id = act.tenant_id and undo.undoes_act_id = act.credit_act_id
      )
  )
order by entry.sequence
limit $5
