-- A version that is not the expected one is not touched, and the writer sees that by the count.
update payment_request as request
set version = new.version,
    status = new.status,
    received = new.received,
    late = new.late,
    paid_at = new.paid_at
from (
    select
        unhex(value ->> 0) as tenant_id, unhex(value ->> 1) as payment_request_id,
        value ->> 2 as before, value ->> 3 as version, value ->> 4 as status,
        value ->> 5 as received, value ->> 6 as late, value ->> 7 as paid_at
    from json_each($1)
) as new
where request.tenant_id = new.tenant_id and request.payment_request_id = new.payment_request_id
  and request.version = new.before
