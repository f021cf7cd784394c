select
    (select count(*) from tenant) as tenants,
    (select count(*) from callback) as callbacks,
    (select count(*) from callback_pending) as pending,
    (select count(*) from bank_credit) as bank_credits,
    (select count(*) from payment_request) as payment_requests,
    (select count(*) from journal_entry) as journal_entries,
    (select count(*) from posting) as postings,
    (select count(*) from event) as events,
    (select count(*) from audit_record) as audit_records
