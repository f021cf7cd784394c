-- What an office is, beyond its name: decides prices (province), splits (autonomy) and what stands at the
-- head of reports and receipts.
create table tenant_profile (
    tenant_id uuid not null references tenant (tenant_id),
    province text collate "C",
    autonomous boolean not null,
    tax_code text collate "C",
    address text collate "C",
    primary key (tenant_id)
);

-- One file that was imported into the fee schedule, and what it brought.
create table fee_import (
    tenant_id uuid not null references tenant (tenant_id),
    fee_import_id uuid not null,
    file_digest bytea not null,
    effective_from bigint not null,
    item_rows bigint not null,
    added bigint not null,
    changed bigint not null,
    actor text collate "C" not null,
    imported_at bigint not null,
    primary key (tenant_id, fee_import_id)
);

-- The versions of fee items, by date. Never changed: other terms are another version.
create table fee_version (
    tenant_id uuid not null references tenant (tenant_id),
    item_code text collate "C" not null,
    version bigint not null check (version > 0),
    starts_on bigint not null,
    ends_on bigint,
    declared_from bigint,
    terms text collate "C" not null,
    fee_import_id uuid not null,
    primary key (tenant_id, item_code, version),
    foreign key (tenant_id, fee_import_id) references fee_import (tenant_id, fee_import_id),
    foreign key (tenant_id, item_code) references fee_item (tenant_id, item_code)
);

create trigger fee_import_refuses_change before update or delete or truncate on fee_import
    for each statement execute function refuse_change();
create trigger fee_version_refuses_change before update or delete or truncate on fee_version
    for each statement execute function refuse_change();
