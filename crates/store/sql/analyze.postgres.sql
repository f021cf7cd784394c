analyze callback, callback_pending, callback_message, bank_credit, payment_request, idempotency,
    journal_entry, posting, allocation, account, event, delivery, audit_record, payee_account
