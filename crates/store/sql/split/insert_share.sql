insert into split_share
    (tenant_id, split_run_id, item_code, segment, recipient, starts_on, ends_on, fee_version,
     collected, taken, amount, due_on, journal_entry_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
