insert into database_copy (copy_id, role, at) values ($1, $2, $3)
on conflict (copy_id) do update set role = excluded.role, at = excluded.at
