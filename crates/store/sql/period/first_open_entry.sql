select cast(coalesce(min(business_date), 0) as bigint) from journal_entry
where tenant_id = $1 and business_date > $2 and business_date <= $3
