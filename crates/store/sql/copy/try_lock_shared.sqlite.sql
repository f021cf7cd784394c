-- A file beside the database is locked instead.
select $1 is not null
