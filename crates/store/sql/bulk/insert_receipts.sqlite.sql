insert into receipt (
    tenant_id, receipt_id, payment_request_id, fee_kind, form_code, series, year, number, amount,
    issued_on, issued_at, content, signer, actor, replaces
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
