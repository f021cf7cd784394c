-- What each recipient is owed of each item and run: its share, what stands on orders, what was paid.
select share.split_run_id, run.period, share.item_code, share.recipient, share.owed, share.due_on,
    cast(coalesce(ordered.amount, 0) as bigint) as ordered,
    cast(coalesce(paid.amount, 0) as bigint) as paid
from (
    select tenant_id, split_run_id, item_code, recipient, cast(sum(amount) as bigint) as owed,
        min(due_on) as due_on
    from split_share where tenant_id = $1 and recipient <> 'retained'
    group by tenant_id, split_run_id, item_code, recipient
) as share
join split_run as run
  on run.tenant_id = share.tenant_id and run.split_run_id = share.split_run_id
left join (
    select line.tenant_id, line.split_run_id, line.item_code, remittance.recipient,
        sum(line.amount) as amount
    from remittance_line as line
    join remittance
      on remittance.tenant_id = line.tenant_id and remittance.remittance_id = line.remittance_id
    where line.tenant_id = $1
    group by line.tenant_id, line.split_run_id, line.item_code, remittance.recipient
) as ordered
  on ordered.tenant_id = share.tenant_id and ordered.split_run_id = share.split_run_id
 and ordered.item_code = share.item_code and ordered.recipient = share.recipient
left join (
    select paid.tenant_id, paid.split_run_id, paid.item_code, remittance.recipient,
        sum(paid.amount) as amount
    from remittance_paid as paid
    join remittance
      on remittance.tenant_id = paid.tenant_id and remittance.remittance_id = paid.remittance_id
    where paid.tenant_id = $1
    group by paid.tenant_id, paid.split_run_id, paid.item_code, remittance.recipient
) as paid
  on paid.tenant_id = share.tenant_id and paid.split_run_id = share.split_run_id
 and paid.item_code = share.item_code and paid.recipient = share.recipient
where ($2 = '' or share.recipient = $2)
  and ($3 = 1 or share.owed <> coalesce(paid.amount, 0))
order by run.starts_on, share.item_code, share.recipient
limit 10000
