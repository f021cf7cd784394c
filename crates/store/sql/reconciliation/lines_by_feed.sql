select feed, count(*) as lines from statement_line
where tenant_id = $1 and account_number = $2 and business_date = $3
group by feed
