-- An import has the lines that it counted, and a finished one has read its whole file.
select import.tenant_id, import.statement_import_id as key_id, job.status as key_text,
    cast(null as bigint) as key_number, job.stored as expected,
    cast(count(line.line_id) as bigint) as found
from statement_import as import
left join statement_job as job
  on job.tenant_id = import.tenant_id and job.statement_import_id = import.statement_import_id
left join statement_line as line
  on line.tenant_id = import.tenant_id and line.statement_import_id = import.statement_import_id
group by import.tenant_id, import.statement_import_id, import.lines, job.status, job.stored,
    job.duplicates, job.read_to
having job.status is null or count(line.line_id) <> job.stored
    or job.stored + job.duplicates <> job.read_to
    or (job.status <> 'reading' and job.read_to <> import.lines)
limit $1
