select reference, amount, payee_account_id, lines, payload
from payment_request where tenant_id = $1 and payment_request_id = $2
