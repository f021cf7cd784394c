select tenant_id, account_number, ends, check_at
from balance_chain
where (tenant_id, account_number) > ($1, $2)
order by tenant_id, account_number
limit $3
