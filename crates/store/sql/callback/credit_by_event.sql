select bank_credit_id, notice_digest from bank_credit
where tenant_id = $1 and source = $2 and provider_event_id = $3
