update balance_gap
set from_balance = $3, from_booked_at = $4, from_seen_at = $5, to_balance = $6, to_booked_at = $7,
    to_seen_at = $8, version = $9
where tenant_id = $1 and balance_gap_id = $2
