-- Statements without an error and without a break of their own, for days that they name.
select account_number, starts_on, ends_on
from statement_summary
where tenant_id = $1 and statement_import_id = $2 and errors = 0 and breaks = 0
  and starts_on is not null and ends_on is not null
order by position
limit 1000
