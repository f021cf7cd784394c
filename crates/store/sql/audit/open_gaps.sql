-- Those that are followed.
select from_balance, to_balance
from balance_gap
where tenant_id = $1 and account_number = $2 and closed_at is null and unwatched_at is null
limit 1000
