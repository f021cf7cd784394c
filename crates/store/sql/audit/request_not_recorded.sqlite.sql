-- A request that nobody is on record for having made.
select request.tenant_id, request.payment_request_id as key_id, request.reference as key_text,
    cast(null as bigint) as key_number, cast(null as bigint) as expected, cast(null as bigint) as found
from payment_request as request
left join audit_record as record
  on record.tenant_id = request.tenant_id and record.action = 'payment_request.created'
 and record.subject = 'preq_' || lower(hex(request.payment_request_id))
where record.sequence is null
limit $1
