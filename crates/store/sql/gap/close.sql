update balance_gap
set version = $3, closed_at = $4, resolution = $5, actor = $6, explanation = $7
where tenant_id = $1 and balance_gap_id = $2
