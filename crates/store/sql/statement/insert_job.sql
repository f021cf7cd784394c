insert into statement_job
    (tenant_id, statement_import_id, status, read_to, stored, duplicates, reported, posted, held, failed,
     leased_until, updated_at)
values ($1, $2, 'reading', 0, 0, 0, 0, 0, 0, 0, 0, $3)
