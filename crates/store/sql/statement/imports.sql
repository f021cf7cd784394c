-- The nil id at $3 means any import.
select import.statement_import_id, import.file_digest, import.account_hint, import.encoding_hint,
    import.file_name, import.bytes, import.format, import.layout, import.encoding, import.feed,
    import.lines, import.errors, import.unbooked, import.actor, import.created_at, job.status,
    job.read_to, job.stored, job.duplicates, job.reported, job.posted, job.held, job.failed,
    job.updated_at
from statement_import as import
join statement_job as job
  on job.tenant_id = import.tenant_id and job.statement_import_id = import.statement_import_id
where import.tenant_id = $1 and import.statement_import_id < $2
  and (import.statement_import_id = $3 or $3 = $4)
order by import.statement_import_id desc
limit $5
