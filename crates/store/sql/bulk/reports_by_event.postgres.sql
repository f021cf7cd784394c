select report.tenant_id, report.source, report.provider_event_id, report.bank_credit_id,
    report.notice_digest
from unnest($1::uuid[], $2::text[], $3::text[]) as wanted (tenant_id, source, provider_event_id)
join credit_report as report
  on report.tenant_id = wanted.tenant_id
  and report.source = wanted.source
  and report.provider_event_id = wanted.provider_event_id
