select walked.tenant_id, cast(null as uuid) as key_id, form_code || ' ' || series as key_text, number as key_number,
    before + 1 as expected, number as found
from (
    select tenant_id, form_code, series, year, number,
        lag(number, 1, cast(0 as bigint))
            over (partition by tenant_id, form_code, series, year order by number) as before
    from receipt
) as walked
where before + 1 <> number
limit $1
