insert into statement_line (
    tenant_id, feed, line_id, statement_import_id, ordinal, number, account_number, virtual_account,
    direction, amount, booked_at, business_date, value_date, balance_after, bank_reference, memo,
    memo_full, counterparty_name, counterparty_account
)
select * from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[], $7::text[],
    $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
    $14::bigint[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[]
)
on conflict (tenant_id, feed, line_id) do nothing
