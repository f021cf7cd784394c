select tenant_id, statement_import_id, position, account_number, starts_on, ends_on, opening, closing,
    credits, credit_sum, debits, debit_sum, errors, breaks
from statement_summary
where tenant_id = $1 and statement_import_id = $2
order by position
