select count(*) from pg_class
where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname = '_sqlx_migrations'
