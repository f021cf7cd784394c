update tenant set name = $2, name_en = $3, default_flow = $4 where slug = $1
