insert into receipt_cancellation (tenant_id, receipt_id, reason, actor, cancelled_at)
values (?, ?, ?, ?, ?)
