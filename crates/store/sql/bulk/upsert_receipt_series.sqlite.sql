insert into receipt_series (tenant_id, form_code, series, year, last_number)
select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4
from json_each($1)
where true
on conflict (tenant_id, form_code, series, year) do update set last_number = excluded.last_number
