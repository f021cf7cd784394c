select line.line_id, line.statement_import_id
from json_each($1) as wanted
cross join statement_line as line
  on line.tenant_id = unhex(wanted.value ->> 0)
  and line.feed = wanted.value ->> 1
  and line.line_id = wanted.value ->> 2
