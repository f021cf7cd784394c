-- The ids sort by time. What was accepted stays as a trace of where a callback came from.
delete from refused_callback
where tenant_id = $1 and source = $2 and accepted_at is null
  and callback_id in (
    select callback_id
    from refused_callback
    where tenant_id = $1 and source = $2 and accepted_at is null
    order by callback_id desc
    limit 100 offset $3
  )
