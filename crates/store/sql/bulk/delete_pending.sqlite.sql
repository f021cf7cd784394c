-- Through the rowids: a list of pairs would be held against every row of a long queue.
with settled (tenant_id, callback_id) as (
    values (?, ?)
)
delete from callback_pending
where rowid in (
    select pending.rowid
    from settled
    cross join callback_pending as pending
      on pending.tenant_id = settled.tenant_id and pending.callback_id = settled.callback_id
)
