-- A bank's debit is spread over the lines of its order, whole.
select payment.tenant_id, payment.remittance_id as key_id, payment.bank_reference as key_text, payment.position as key_number,
    payment.amount as expected, cast(coalesce(sum(paid.amount), 0) as bigint) as found
from remittance_payment as payment
left join remittance_paid as paid
  on paid.tenant_id = payment.tenant_id and paid.remittance_id = payment.remittance_id
 and paid.position = payment.position
group by payment.tenant_id, payment.remittance_id, payment.bank_reference, payment.position, payment.amount
having coalesce(sum(paid.amount), 0) <> payment.amount
limit $1
