-- A seal names a record of the audit chain.
select period.tenant_id, cast(null as uuid) as key_id, period.kind as key_text, period.starts_on as key_number,
    period.audit_sequence as expected, record.sequence as found
from period
left join audit_record as record
  on record.tenant_id = period.tenant_id and record.sequence = period.audit_sequence
 and record.hash = period.audit_hash and record.action = 'period.closed'
where record.sequence is null
limit $1
