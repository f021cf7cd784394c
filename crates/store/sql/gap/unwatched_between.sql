select balance_gap_id, account_number, from_balance, from_booked_at, from_seen_at, to_balance, to_booked_at,
    to_seen_at, version, opened_at, closed_at, resolution, actor, explanation
from balance_gap
where tenant_id = $1 and account_number = $2 and closed_at is null and unwatched_at is not null
  and from_booked_at >= $3 and from_booked_at < $4 and to_booked_at >= $3 and to_booked_at < $4
order by balance_gap_id
limit 1000
