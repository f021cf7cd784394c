select request.tenant_id, request.payment_request_id as key_id, request.reference as key_text, cast(null as bigint) as key_number, request.version as expected, cast(count(told.subject_version) as bigint) as found
from payment_request as request
left join (
    select distinct tenant_id, subject, subject_version from event
) as told
  on told.tenant_id = request.tenant_id
 and told.subject = 'preq_' || lower(hex(request.payment_request_id))
 and told.subject_version between 1 and request.version
group by request.tenant_id, request.payment_request_id, request.reference, request.version
having count(told.subject_version) <> request.version
limit $1
