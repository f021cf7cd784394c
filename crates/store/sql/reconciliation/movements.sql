-- What moved in a feed on the days of a statement, before the day, on it and after it.
select
    cast(coalesce(sum(case when business_date = $5 and direction = 'credit' then 1 else 0 end), 0) as bigint) as credits,
    cast(coalesce(sum(case when business_date = $5 and direction = 'credit' then amount else 0 end), 0) as bigint) as credit_sum,
    cast(coalesce(sum(case when business_date = $5 and direction = 'debit' then 1 else 0 end), 0) as bigint) as debits,
    cast(coalesce(sum(case when business_date = $5 and direction = 'debit' then amount else 0 end), 0) as bigint) as debit_sum,
    cast(coalesce(sum(case when business_date < $5 then case when direction = 'credit' then amount else -amount end else 0 end), 0) as bigint) as moved_before,
    cast(coalesce(sum(case when business_date > $5 then case when direction = 'credit' then amount else -amount end else 0 end), 0) as bigint) as moved_after
from statement_line
where tenant_id = $1 and account_number = $2 and feed = $3 and business_date between $4 and $6
