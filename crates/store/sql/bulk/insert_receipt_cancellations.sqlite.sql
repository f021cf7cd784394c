insert into receipt_cancellation (tenant_id, receipt_id, reason, actor, cancelled_at)
select unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4
from json_each($1)
