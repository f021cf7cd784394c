-- What became of each line: the credit that it made, or the credit of another channel that it is.
select line.ordinal, line.number, line.account_number, line.direction, line.amount, line.booked_at,
    line.business_date, line.value_date, line.balance_after, line.bank_reference, line.memo,
    line.counterparty_name, line.counterparty_account, made.bank_credit_id as made,
    made.outcome as made_outcome, made.suspense_reason as made_reason, report.bank_credit_id as reported
from statement_line as line
left join bank_credit as made
  on made.tenant_id = line.tenant_id and made.source = line.feed and made.provider_event_id = line.line_id
left join credit_report as report
  on report.tenant_id = line.tenant_id and report.source = line.feed
 and report.provider_event_id = line.line_id
where line.tenant_id = $1 and line.statement_import_id = $2 and line.ordinal > $3
order by line.ordinal
limit $4
