select line.position, line.split_run_id, line.item_code, line.amount,
    cast(coalesce(sum(paid.amount), 0) as bigint) as paid
from remittance_line as line
left join remittance_paid as paid
  on paid.tenant_id = line.tenant_id and paid.remittance_id = line.remittance_id
 and paid.split_run_id = line.split_run_id and paid.item_code = line.item_code
where line.tenant_id = $1 and line.remittance_id = $2
group by line.position, line.split_run_id, line.item_code, line.amount
order by line.position limit 10000
