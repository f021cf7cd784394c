insert into balance_gap (
    tenant_id, balance_gap_id, account_number, from_balance, from_booked_at, from_seen_at, to_balance,
    to_booked_at, to_seen_at, version, opened_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)
