-- The last number given out is the last receipt's.
select coalesce(series.tenant_id, numbered.tenant_id) as tenant_id, cast(null as uuid) as key_id,
    coalesce(series.form_code || ' ' || series.series, numbered.form_code || ' ' || numbered.series) as key_text,
    coalesce(series.year, numbered.year) as key_number, numbered.last_number as expected,
    series.last_number as found
from (
    select tenant_id, form_code, series, year, max(number) as last_number
    from receipt
    group by tenant_id, form_code, series, year
) as numbered
full join receipt_series as series
  on series.tenant_id = numbered.tenant_id and series.form_code = numbered.form_code
 and series.series = numbered.series and series.year = numbered.year
where numbered.last_number is null or series.last_number is null
   or numbered.last_number <> series.last_number
limit $1
