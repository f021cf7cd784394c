-- A line that is reported as a credit has its account and amount.
select report.tenant_id, report.bank_credit_id as key_id, report.provider_event_id as key_text,
    cast(null as bigint) as key_number, credit.amount as expected, line.amount as found
from credit_report as report
left join bank_credit as credit
  on credit.tenant_id = report.tenant_id and credit.bank_credit_id = report.bank_credit_id
left join statement_line as line
  on line.tenant_id = report.tenant_id and line.feed = report.source
 and line.line_id = report.provider_event_id
where credit.bank_credit_id is null
   or (report.source >= 'statement:' and report.source < 'statement;' and (
        line.line_id is null or line.amount <> credit.amount
        or line.account_number <> credit.account_number or line.direction <> 'credit'
   ))
limit $1
