-- A credit's money is in suspense unless it was given to requests or set aside.
select credit.tenant_id, credit.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, cast(credit.amount - coalesce(max(given.total), 0) - coalesce(max(aside.total), 0) as bigint) as expected, cast(coalesce(max(item.held), 0) as bigint) as found
from bank_credit as credit
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
left join (
    select tenant_id, bank_credit_id, sum(amount) as total
    from allocation group by tenant_id, bank_credit_id
) as given
  on given.tenant_id = credit.tenant_id and given.bank_credit_id = credit.bank_credit_id
left join (
    select act.tenant_id, act.bank_credit_id, sum(
        case
            when act.kind in ('not_a_payment', 'refund_out', 'duplicate_confirmed') then act.amount
            when undone.kind in ('not_a_payment', 'refund_out', 'duplicate_confirmed') then -act.amount
            else 0
        end
    ) as total
    from credit_act as act
    left join credit_act as undone
      on undone.tenant_id = act.tenant_id and undone.credit_act_id = act.undoes_act_id
    group by act.tenant_id, act.bank_credit_id
) as aside
  on aside.tenant_id = credit.tenant_id and aside.bank_credit_id = credit.bank_credit_id
group by credit.tenant_id, credit.bank_credit_id, credit.amount
having credit.amount - coalesce(max(given.total), 0) - coalesce(max(aside.total), 0) <> coalesce(max(item.held), 0)
limit $1
