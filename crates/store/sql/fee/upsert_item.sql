insert into fee_item (tenant_id, item_code, position, name, name_en, legal_basis)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, item_code) do update
set name = excluded.name, name_en = excluded.name_en, legal_basis = excluded.legal_basis
