select remittance_id, recipient, amount, order_text, actor, created_at
from remittance where tenant_id = $1 and remittance_id < $2
order by remittance_id desc limit $3
