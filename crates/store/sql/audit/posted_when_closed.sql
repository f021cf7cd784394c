-- Nothing was posted into a day after it was closed: later numbers stand on later days.
select entry.tenant_id, entry.journal_entry_id as key_id, cast(null as text) as key_text, entry.sequence as key_number,
    period.ends_on as expected, entry.business_date as found
from journal_entry as entry
join period
  on period.tenant_id = entry.tenant_id and period.kind = 'day'
 and entry.business_date = period.starts_on and entry.sequence > period.journal_sequence
limit $1
