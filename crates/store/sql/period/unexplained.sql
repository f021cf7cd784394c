-- Credits of these days that nobody has claimed or decided about, by their reason.
select coalesce(credit.suspense_reason, 'no_reference') as reason, count(*) as credits,
    cast(coalesce(sum(credit.amount), 0) as bigint) as amount
from bank_credit as credit
join journal_entry as entry
  on entry.tenant_id = credit.tenant_id and entry.bank_credit_id = credit.bank_credit_id
 and entry.rule = 'credit_in_suspense'
left join allocation
  on allocation.tenant_id = credit.tenant_id
 and allocation.bank_credit_id = credit.bank_credit_id
where credit.tenant_id = $1 and entry.business_date between $2 and $3
  and allocation.allocation_id is null
group by credit.suspense_reason
order by credit.suspense_reason
