with wanted (tenant_id, source, provider_event_id) as (
    values (?, ?, ?)
)
select report.tenant_id, report.source, report.provider_event_id, report.bank_credit_id,
    report.notice_digest
from wanted
cross join credit_report as report
  on report.tenant_id = wanted.tenant_id
  and report.source = wanted.source
  and report.provider_event_id = wanted.provider_event_id
