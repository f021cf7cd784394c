select position, account_number, bank_reference, amount, value_date, journal_entry_id, actor, recorded_at
from remittance_payment where tenant_id = $1 and remittance_id = $2
order by position limit 1000
