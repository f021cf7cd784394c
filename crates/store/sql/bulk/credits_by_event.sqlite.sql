with wanted (tenant_id, source, provider_event_id) as (
    values (?, ?, ?)
)
select credit.tenant_id, credit.source, credit.provider_event_id, credit.bank_credit_id, credit.notice_digest
from wanted
cross join bank_credit as credit
  on credit.tenant_id = wanted.tenant_id and credit.source = wanted.source
  and credit.provider_event_id = wanted.provider_event_id
