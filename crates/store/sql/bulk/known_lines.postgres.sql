select line.line_id, line.statement_import_id
from unnest($1::uuid[], $2::text[], $3::text[]) as wanted (tenant_id, feed, line_id)
join statement_line as line
  on line.tenant_id = wanted.tenant_id
  and line.feed = wanted.feed
  and line.line_id = wanted.line_id
