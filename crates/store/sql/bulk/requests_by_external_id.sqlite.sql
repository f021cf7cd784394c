with wanted (tenant_id, external_id) as (
    values (?, ?)
)
select request.tenant_id, request.payment_request_id, request.external_id, request.reference, request.status,
    request.amount, request.received, request.late, request.version, request.payee_account_id,
    payee.bank_bin, payee.account_number, payee.account_name, request.description, request.lines,
    request.payer_id, request.payer_name, request.metadata, request.payload, request.checkout_token,
    request.created_at, request.expires_at, request.paid_at, request.body_digest
from wanted
cross join payment_request as request
  on request.tenant_id = wanted.tenant_id and request.external_id = wanted.external_id
join payee_account as payee
  on payee.tenant_id = request.tenant_id and payee.payee_account_id = request.payee_account_id
