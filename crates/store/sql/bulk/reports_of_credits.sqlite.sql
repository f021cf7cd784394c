with wanted (tenant_id, bank_credit_id) as (
    values (?, ?)
)
select report.tenant_id, report.bank_credit_id, report.source
from wanted
cross join credit_report as report
  on report.tenant_id = wanted.tenant_id
  and report.bank_credit_id = wanted.bank_credit_id
