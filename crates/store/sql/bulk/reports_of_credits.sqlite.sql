select report.tenant_id, report.bank_credit_id, report.source
from json_each($1) as wanted
cross join credit_report as report
  on report.tenant_id = unhex(wanted.value ->> 0)
  and report.bank_credit_id = unhex(wanted.value ->> 1)
