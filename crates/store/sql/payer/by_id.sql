select payer_identifier_id, kind, value, payer_id, payment_request_id, created_at, closed_at
from payer_identifier
where tenant_id = $1 and payer_identifier_id = $2
