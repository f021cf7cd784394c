update statement_job
set status = $3, read_to = read_to + $4, stored = stored + $5, duplicates = duplicates + $6,
    reported = reported + $7, posted = posted + $8, held = held + $9, failed = failed + $10,
    updated_at = $11, leased_until = $12
where tenant_id = $1 and statement_import_id = $2
