select fee_kind, form_code, series, signer from receipt_book where tenant_id = $1 order by fee_kind
