with wanted (tenant_id, feed, line_id) as (
    values (?, ?, ?)
)
select line.line_id, line.statement_import_id
from wanted
cross join statement_line as line
  on line.tenant_id = wanted.tenant_id
  and line.feed = wanted.feed
  and line.line_id = wanted.line_id
