select form_code, series, year, last_number from receipt_series
where tenant_id = $1
order by year desc, form_code, series limit 1000
