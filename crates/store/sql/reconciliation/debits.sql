select line.line_id, line.direction, line.amount, line.booked_at, line.bank_reference, line.memo
from statement_line as line
where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3 and line.feed = $4
  and line.direction = 'debit'
order by line.booked_at, line.line_id
limit $5
