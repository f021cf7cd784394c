-- A liability: its balance is the negative of what it holds.
select head.tenant_id, cast(null as uuid) as key_id, 'suspense' as key_text, cast(null as bigint) as key_number, cast(coalesce(max(held.total), 0) as bigint) as expected, cast(coalesce(max(-account.balance), 0) as bigint) as found
from tenant_head as head
left join account on account.tenant_id = head.tenant_id and account.account_code = 'suspense'
left join (
    select tenant_id, sum(held) as total from suspense_item group by tenant_id
) as held on held.tenant_id = head.tenant_id
group by head.tenant_id
having coalesce(max(held.total), 0) <> coalesce(max(-account.balance), 0)
limit $1
