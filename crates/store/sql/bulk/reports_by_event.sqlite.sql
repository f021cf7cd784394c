select report.tenant_id, report.source, report.provider_event_id, report.bank_credit_id,
    report.notice_digest
from json_each($1) as wanted
cross join credit_report as report
  on report.tenant_id = unhex(wanted.value ->> 0)
  and report.source = wanted.value ->> 1
  and report.provider_event_id = wanted.value ->> 2
