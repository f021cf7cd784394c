select credit.tenant_id, credit.source, credit.provider_event_id, credit.bank_credit_id, credit.notice_digest
from json_each($1) as wanted
cross join bank_credit as credit
  on credit.tenant_id = unhex(wanted.value ->> 0) and credit.source = wanted.value ->> 1
  and credit.provider_event_id = wanted.value ->> 2
