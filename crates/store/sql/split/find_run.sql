select split_run_id, period, starts_on, ends_on, autonomous, actor, posted_at
from split_run where tenant_id = $1 and split_run_id = $2
