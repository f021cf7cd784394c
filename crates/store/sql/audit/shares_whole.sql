-- The shares of a segment add up to what was collected on its days.
select share.tenant_id, share.split_run_id as key_id, share.item_code as key_text, share.segment as key_number,
    max(share.collected) as expected, cast(sum(share.amount) as bigint) as found
from split_share as share
group by share.tenant_id, share.split_run_id, share.item_code, share.segment
having sum(share.amount) <> max(share.collected) or min(share.collected) <> max(share.collected)
limit $1
