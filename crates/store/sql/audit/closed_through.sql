-- The head knows the last closed day.
select head.tenant_id, cast(null as uuid) as key_id, cast(null as text) as key_text, cast(null as bigint) as key_number,
    cast(coalesce(max(period.ends_on), 0) as bigint) as expected, head.closed_through as found
from tenant_head as head
left join period on period.tenant_id = head.tenant_id and period.kind = 'day'
group by head.tenant_id, head.closed_through
having coalesce(max(period.ends_on), 0) <> head.closed_through
limit $1
