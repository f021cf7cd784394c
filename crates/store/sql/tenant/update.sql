update tenant set name = $2, name_en = $3, default_flow = $4, matching_order = $5 where slug = $1
