insert into tenant (tenant_id, slug, mode, name, name_en, default_flow, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (slug) do nothing
