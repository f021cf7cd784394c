-- Statements that speak of a day of an account, with the import that brought them.
select import.statement_import_id, import.feed, import.file_name, import.actor, import.created_at,
    job.status, summary.starts_on, summary.ends_on, summary.opening, summary.closing,
    summary.credit_sum, summary.debit_sum, summary.errors, summary.breaks
from statement_summary as summary
join statement_import as import
  on import.tenant_id = summary.tenant_id
 and import.statement_import_id = summary.statement_import_id
join statement_job as job
  on job.tenant_id = import.tenant_id and job.statement_import_id = import.statement_import_id
where summary.tenant_id = $1 and summary.account_number = $2
  and summary.starts_on <= $3 and summary.ends_on >= $3
order by import.created_at, import.statement_import_id
limit 1000
