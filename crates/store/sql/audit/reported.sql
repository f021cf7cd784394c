select provider_event_id, bank_credit_id from credit_report where tenant_id = $1 and audit_sequence = $2
