select case when direction = 'credit' then amount else -amount end as signed, balance_after
from statement_line
where tenant_id = $1 and account_number = $2 and business_date = $3 and feed = $4
limit 250000
