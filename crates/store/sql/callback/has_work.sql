select cast(
    (select count(*) from (select 1 from callback_pending where next_attempt_at <= $1 limit 1) as waiting)
  + (select count(*) from (select 1 from payment_request
        where status = 'open' and expires_at <= $1 limit 1) as due)
  + (select count(*) from (select 1 from balance_chain where check_at <= $1 limit 1) as lasting)
as bigint) as work
