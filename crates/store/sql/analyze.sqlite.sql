-- The statements of SQLite name the order of their joins, and need no counts.
select 1
