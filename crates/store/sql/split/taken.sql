select recipient, cast(sum(taken) as bigint) as taken
from split_share
where tenant_id = $1 and item_code = $2 and starts_on between $3 and $4
group by recipient
