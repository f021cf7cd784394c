-- Accounts with a statement that speaks of these days.
select distinct account_number
from statement_summary
where tenant_id = $1 and starts_on <= $3 and ends_on >= $2
order by account_number
