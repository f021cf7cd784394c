select account_number, business_date from statement_line
where tenant_id = $1 and statement_import_id = $2 and direction = 'credit'
group by account_number, business_date
order by business_date, account_number
