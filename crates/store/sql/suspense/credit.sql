select credit.bank_credit_id, credit.source, credit.amount, credit.account_number,
    credit.virtual_account, credit.memo, credit.memo_full, credit.bank_reference,
    credit.counterparty_name, credit.counterparty_account, credit.booked_at, credit.received_at,
    coalesce(item.held, 0) as held, item.reason, item.since, coalesce(item.version, 0) as version
from bank_credit as credit
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
where credit.tenant_id = $1 and credit.bank_credit_id = $2
