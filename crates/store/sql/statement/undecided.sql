-- Credits of one account and day in one import that are neither booked nor found in the books.
select line.line_id, line.ordinal, line.number, line.account_number, line.virtual_account, line.amount,
    line.booked_at, line.balance_after, line.bank_reference, line.memo, line.memo_full,
    line.counterparty_name, line.counterparty_account
from statement_line as line
where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3 and line.feed = $4
  and line.statement_import_id = $5 and line.direction = 'credit' and line.ordinal > $6
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
order by line.ordinal
limit $7
