select
    t.relname::text as table_name,
    k.conname::text as constraint_name,
    pg_get_constraintdef(k.oid) as definition
from pg_constraint as k
inner join pg_class as t on k.conrelid = t.oid
where
    k.contype = 'f'
    and k.conparentid = 0
    and k.connamespace = current_schema()::regnamespace
order by t.relname, k.conname
