select
    t.relname::text as table_name,
    a.attname::text as column_name,
    y.typname::text as native,
    coalesce(array_position(i.indkey::smallint [], a.attnum) + 1, 0)::bigint as key_position
from pg_class as t
inner join pg_attribute as a on t.oid = a.attrelid
inner join pg_type as y on a.atttypid = y.oid
left join pg_index as i on t.oid = i.indrelid and i.indisprimary
where
    t.relnamespace = current_schema()::regnamespace
    and t.relkind in ('r', 'p')
    and not t.relispartition
    and t.relname <> '_sqlx_migrations'
    and a.attnum > 0
    and not a.attisdropped
    and a.attgenerated = ''
order by t.relname collate "C", a.attnum
