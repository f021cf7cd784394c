select
    t.name as table_name,
    c.name as column_name,
    lower(c.type) as native,
    c.pk as key_position
from sqlite_schema as t
inner join pragma_table_xinfo(t.name) as c
where
    t.type = 'table'
    and t.name not like 'sqlite\_%' escape '\'
    and t.name <> '_sqlx_migrations'
    and c.hidden = 0
order by t.name, c.cid
