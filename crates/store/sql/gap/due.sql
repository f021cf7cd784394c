select tenant_id, account_number from balance_chain
where check_at <= $1
order by check_at
limit $2
