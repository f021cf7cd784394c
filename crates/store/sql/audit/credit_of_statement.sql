-- A credit that a statement brought is one of its lines.
select credit.tenant_id, credit.bank_credit_id as key_id, cast(null as text) as key_text,
    cast(null as bigint) as key_number, credit.amount as expected, line.amount as found
from bank_credit as credit
left join statement_line as line
  on line.tenant_id = credit.tenant_id and line.feed = credit.source
 and line.line_id = credit.provider_event_id
where credit.source >= 'statement:' and credit.source < 'statement;'
  and (line.line_id is null or line.amount <> credit.amount
    or line.account_number <> credit.account_number or line.direction <> 'credit')
limit $1
