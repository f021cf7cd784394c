select item_code, segment, recipient, starts_on, ends_on, fee_version, collected, taken, amount, due_on,
    journal_entry_id
from split_share where tenant_id = $1 and split_run_id = $2
order by item_code, segment, recipient limit 50000
