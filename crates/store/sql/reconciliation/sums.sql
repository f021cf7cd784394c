-- Where the money of the day's lines is.
select cast(count(*) as bigint) as booked, cast(coalesce(sum(credit.amount), 0) as bigint) as received,
    cast(coalesce(sum(item.held), 0) as bigint) as held,
    cast(coalesce(sum((
        select sum(allocation.amount) from allocation
        where allocation.tenant_id = credit.tenant_id
          and allocation.bank_credit_id = credit.bank_credit_id
    )), 0) as bigint) as allocated
from (
    select report.bank_credit_id, line.line_id, cast(0 as bigint) as made
    from statement_line as line
    join credit_report as report
      on report.tenant_id = line.tenant_id and report.source = line.feed
     and report.provider_event_id = line.line_id
    where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3
      and line.feed = $4 and line.direction = 'credit'
    union all
    select made.bank_credit_id, line.line_id, cast(1 as bigint) as made
    from statement_line as line
    join bank_credit as made
      on made.tenant_id = line.tenant_id and made.source = line.feed
     and made.provider_event_id = line.line_id
    where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3
      and line.feed = $4 and line.direction = 'credit'
) as placed
join bank_credit as credit
  on credit.tenant_id = $1 and credit.bank_credit_id = placed.bank_credit_id
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
