-- A line is a credit of another channel, or made one: never both. Money out made none.
select line.tenant_id, cast(null as uuid) as key_id, line.line_id as key_text, line.number as key_number,
    cast(null as bigint) as expected, cast(null as bigint) as found
from statement_line as line
left join bank_credit as made
  on made.tenant_id = line.tenant_id and made.source = line.feed and made.provider_event_id = line.line_id
left join credit_report as report
  on report.tenant_id = line.tenant_id and report.source = line.feed
 and report.provider_event_id = line.line_id
where (made.bank_credit_id is not null and report.bank_credit_id is not null)
   or (line.direction = 'debit' and (made.bank_credit_id is not null or report.bank_credit_id is not null))
limit $1
