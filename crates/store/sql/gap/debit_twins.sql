-- The same movement through another source.
select count(*) from bank_debit
where tenant_id = $1 and account_number = $2 and amount = $3 and booked_at between $4 and $5
  and source <> $6
