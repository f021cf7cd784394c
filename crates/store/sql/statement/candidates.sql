-- Credits of other channels on these days that no line of this feed is yet; not what a person confirmed to
-- have been reported twice.
select credit.business_date, credit.bank_credit_id, credit.source, credit.amount, credit.bank_reference, credit.booked_at,
    credit.balance_after, credit.memo, credit.memo_full, credit.received_at,
    cast(case when item.reason = 'possible_duplicate' then 1 else 0 end as bigint) as is_held
from bank_credit as credit
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
where credit.tenant_id = $1 and credit.account_number = $2 and credit.business_date between $3 and $4
  and credit.source <> $5 and (credit.business_date, credit.bank_credit_id) > ($6, $7)
  and not exists (
    select 1 from credit_report as report
    where report.tenant_id = credit.tenant_id and report.bank_credit_id = credit.bank_credit_id
      and report.source = $5
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
order by credit.business_date, credit.bank_credit_id
limit $8
