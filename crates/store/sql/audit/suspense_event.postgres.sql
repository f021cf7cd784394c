select item.tenant_id, item.bank_credit_id as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number, item.version as expected, cast(count(event.sequence) as bigint) as found
from suspense_item as item
left join event
  on event.tenant_id = item.tenant_id
 and event.subject = 'pay_' || replace(cast(item.bank_credit_id as text), '-', '')
 and event.subject_version between 1 and item.version
group by item.tenant_id, item.bank_credit_id, item.version
having count(event.sequence) <> item.version
limit $1
