-- Money in that stands on the statement and in no book.
select line.line_id, line.direction, line.amount, line.booked_at, line.bank_reference, line.memo
from statement_line as line
where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3 and line.feed = $4
  and line.direction = 'credit'
  and not exists (
    select 1 from bank_credit as made
    where made.tenant_id = line.tenant_id and made.source = line.feed
      and made.provider_event_id = line.line_id
  )
  and not exists (
    select 1 from credit_report as report
    where report.tenant_id = line.tenant_id and report.source = line.feed
      and report.provider_event_id = line.line_id
  )
order by line.booked_at, line.line_id
limit $5
