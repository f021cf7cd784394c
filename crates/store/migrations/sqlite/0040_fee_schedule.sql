-- What an office is, beyond its name: decides prices (province), splits (autonomy) and what stands at the
-- head of reports and receipts.
create table tenant_profile (
    tenant_id blob not null references tenant (tenant_id),
    province text,
    autonomous integer not null check (autonomous in (0, 1)),
    tax_code text,
    address text,
    primary key (tenant_id)
) strict;

-- One file that was imported into the fee schedule, and what it brought.
create table fee_import (
    tenant_id blob not null references tenant (tenant_id),
    fee_import_id blob not null,
    file_digest blob not null,
    effective_from integer not null,
    item_rows integer not null,
    added integer not null,
    changed integer not null,
    actor text not null,
    imported_at integer not null,
    primary key (tenant_id, fee_import_id)
) strict;

-- The versions of fee items, by date. Never changed: other terms are another version.
create table fee_version (
    tenant_id blob not null references tenant (tenant_id),
    item_code text not null,
    version integer not null check (version > 0),
    starts_on integer not null,
    ends_on integer,
    declared_from integer,
    terms text not null,
    fee_import_id blob not null,
    primary key (tenant_id, item_code, version),
    foreign key (tenant_id, fee_import_id) references fee_import (tenant_id, fee_import_id),
    foreign key (tenant_id, item_code) references fee_item (tenant_id, item_code)
) strict;

create trigger fee_import_refuses_update before update on fee_import
begin
    select raise(abort, 'fee_import is append-only');
end;
create trigger fee_import_refuses_delete before delete on fee_import
begin
    select raise(abort, 'fee_import is append-only');
end;
create trigger fee_version_refuses_update before update on fee_version
begin
    select raise(abort, 'fee_version is append-only');
end;
create trigger fee_version_refuses_delete before delete on fee_version
begin
    select raise(abort, 'fee_version is append-only');
end;
