-- The audit chain has a record of each report.
select report.tenant_id, report.bank_credit_id as key_id, report.provider_event_id as key_text,
    report.audit_sequence as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from credit_report as report
left join audit_record as record
  on record.tenant_id = report.tenant_id and record.sequence = report.audit_sequence
 and record.action = 'payment.reported'
where record.sequence is null
limit $1
