-- An empty state means any.
select balance_gap_id, account_number, from_balance, from_booked_at, from_seen_at, to_balance, to_booked_at,
    to_seen_at, version, opened_at, closed_at, resolution, actor, explanation
from balance_gap
where tenant_id = $1 and balance_gap_id < $2
  and ($3 = '' or ($3 = 'open' and closed_at is null) or ($3 = 'closed' and closed_at is not null))
order by balance_gap_id desc
limit $4
