-- None to take away: SQLite can put their check off to the commit.
select '' as table_name, '' as constraint_name, '' as definition where false
