-- What waits, the oldest credit first. An empty reason means any.
select credit.bank_credit_id, credit.source, credit.amount, credit.account_number,
    credit.virtual_account, credit.memo, credit.memo_full, credit.bank_reference,
    credit.counterparty_name, credit.counterparty_account, credit.booked_at, credit.received_at,
    coalesce(item.held, 0) as held, item.reason, item.since, coalesce(item.version, 0) as version
from suspense_item as item
join bank_credit as credit
  on credit.tenant_id = item.tenant_id and credit.bank_credit_id = item.bank_credit_id
where item.tenant_id = $1 and item.held > 0
  and item.bank_credit_id > $2
  and ($3 = '' or item.reason = $3)
order by item.bank_credit_id
limit $4
