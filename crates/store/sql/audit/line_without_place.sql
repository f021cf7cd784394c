-- Money in of a finished import is a credit in the books, or made one. What was put aside is counted.
select line.tenant_id, cast(null as uuid) as key_id, line.line_id as key_text, line.number as key_number,
    cast(null as bigint) as expected, cast(null as bigint) as found
from statement_line as line
join statement_job as job
  on job.tenant_id = line.tenant_id and job.statement_import_id = line.statement_import_id
left join bank_credit as made
  on made.tenant_id = line.tenant_id and made.source = line.feed and made.provider_event_id = line.line_id
left join credit_report as report
  on report.tenant_id = line.tenant_id and report.source = line.feed
 and report.provider_event_id = line.line_id
where job.status = 'done' and job.failed = 0 and line.direction = 'credit'
  and made.bank_credit_id is null and report.bank_credit_id is null
limit $1
