-- An empty outcome means any, and so does a request that equals $5 (the nil id).
select credit.bank_credit_id, credit.source, credit.callback_id, credit.amount, credit.account_number,
    credit.memo, credit.bank_reference, credit.booked_at, credit.received_at, credit.outcome,
    credit.suspense_reason, credit.match_detail, coalesce(item.held, 0) as held,
    -- The request that has all that was given away, when it is one.
    (
        select given.payment_request_id
        from allocation as given
        left join allocation as taken
          on taken.tenant_id = given.tenant_id and taken.reverses = given.allocation_id
        where given.tenant_id = credit.tenant_id and given.bank_credit_id = credit.bank_credit_id
          and given.reverses is null and taken.allocation_id is null
          and not exists (
            select 1
            from allocation as other
            left join allocation as other_taken
              on other_taken.tenant_id = other.tenant_id
             and other_taken.reverses = other.allocation_id
            where other.tenant_id = given.tenant_id
              and other.bank_credit_id = given.bank_credit_id
              and other.reverses is null and other_taken.allocation_id is null
              and other.payment_request_id <> given.payment_request_id
          )
        order by given.allocation_id
        limit 1
    ) as payment_request_id
from bank_credit as credit
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
where credit.tenant_id = $1
  and credit.bank_credit_id < $2
  and ($3 = '' or credit.outcome = $3)
  and (exists (
    select 1
    from allocation as given
    left join allocation as taken
      on taken.tenant_id = given.tenant_id and taken.reverses = given.allocation_id
    where given.tenant_id = credit.tenant_id and given.bank_credit_id = credit.bank_credit_id
      and given.payment_request_id = $4
      and given.reverses is null and taken.allocation_id is null
  ) or $4 = $5)
order by credit.bank_credit_id desc
limit $6
