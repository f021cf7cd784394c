-- What of the credits of these days is in suspense now, by its reason.
select item.reason, count(*) as credits, cast(coalesce(sum(item.held), 0) as bigint) as amount
from suspense_item as item
join journal_entry as entry
  on entry.tenant_id = item.tenant_id and entry.bank_credit_id = item.bank_credit_id
where item.tenant_id = $1 and item.held > 0 and entry.business_date between $2 and $3
group by item.reason
order by item.reason
