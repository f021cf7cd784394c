-- What came in, and what people decided about it afterwards: what leaves suspense is negative there, and
-- positive where it goes. The postings of the bank itself are the other side of the sums.
select entry.sequence as journal_sequence, posting.position, entry.business_date, credit.booked_at,
    request.external_id, request.reference, request.description, request.payer_name,
    posting.account_code, item.name as item_name,
    case when posting.side = 'credit' then posting.amount else -posting.amount end as amount,
    credit.account_number as bank_account, credit.bank_reference, credit.provider_event_id
from (
    select entry.tenant_id, entry.journal_entry_id, entry.sequence, entry.business_date,
        case when entry.bank_credit_id is null then act.bank_credit_id else entry.bank_credit_id end
            as bank_credit_id
    from journal_entry as entry
    left join credit_act as act
      on act.tenant_id = entry.tenant_id and act.journal_entry_id = entry.journal_entry_id
    where entry.tenant_id = $1
      and entry.business_date between $2 and $3
      and entry.sequence between $5 and $4
      and (entry.bank_credit_id is not null or act.bank_credit_id is not null)
    order by entry.sequence
    -- Each of them has a line; of the first, all may be listed already.
    limit $7 + 1
) as entry
join bank_credit as credit
  on credit.tenant_id = entry.tenant_id and credit.bank_credit_id = entry.bank_credit_id
join posting
  on posting.tenant_id = entry.tenant_id and posting.journal_entry_id = entry.journal_entry_id
 and posting.account_code not like 'bank:%'
left join allocation as sole
  on sole.tenant_id = entry.tenant_id and sole.journal_entry_id = entry.journal_entry_id
 and not exists (
    select 1 from allocation as other
    where other.tenant_id = sole.tenant_id and other.journal_entry_id = sole.journal_entry_id
      and other.allocation_id <> sole.allocation_id
 )
left join payment_request as request
  on request.tenant_id = sole.tenant_id
 and request.payment_request_id = sole.payment_request_id
left join fee_item as item
  on item.tenant_id = posting.tenant_id and 'collected:' || item.item_code = posting.account_code
where (entry.sequence, posting.position) > ($5, $6)
order by entry.sequence, posting.position
limit $7
