update balance_gap set unwatched_at = $5
where tenant_id = $1 and account_number = $2 and from_balance = $3 and to_balance = $4
  and closed_at is null and unwatched_at is null
