insert into statement_summary (
    tenant_id, statement_import_id, position, account_number, starts_on, ends_on, opening, closing,
    credits, credit_sum, debits, debit_sum, errors, breaks
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
