select copy_id, role from database_copy order by copy_id limit 1000
