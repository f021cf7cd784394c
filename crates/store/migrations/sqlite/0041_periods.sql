-- The last closed business day, yyyymmdd; 0 when nothing is closed. Under the head's lock, so that nothing
-- is posted into a day while it is being closed.
alter table tenant_head add column closed_through integer not null default 0;
-- The day to which an entry belongs by its evidence, when that day was closed and the entry stands on the
-- next open one.
alter table journal_entry add column evidence_date integer;

-- A closed period and its seal: where the journal and the audit chain stood.
create table period (
    tenant_id blob not null references tenant (tenant_id),
    kind text not null check (kind in ('day', 'month', 'quarter', 'year')),
    starts_on integer not null,
    ends_on integer not null,
    journal_sequence integer not null,
    audit_sequence integer not null,
    audit_hash blob not null,
    figures text not null,
    closed_by text not null,
    closed_at integer not null,
    primary key (tenant_id, kind, starts_on)
) strict;

-- The sharing of a period's money, and what each recipient got of each item. Days of one item with
-- different splits are segments.
create table split_run (
    tenant_id blob not null references tenant (tenant_id),
    split_run_id blob not null,
    period text not null,
    starts_on integer not null,
    ends_on integer not null,
    autonomous integer not null check (autonomous in (0, 1)),
    actor text not null,
    posted_at integer not null,
    primary key (tenant_id, split_run_id),
    unique (tenant_id, starts_on)
) strict;
create table split_share (
    tenant_id blob not null references tenant (tenant_id),
    split_run_id blob not null,
    item_code text not null,
    segment integer not null,
    recipient text not null,
    starts_on integer not null,
    ends_on integer not null,
    fee_version integer not null,
    collected integer not null,
    taken integer not null,
    amount integer not null,
    due_on integer,
    journal_entry_id blob not null,
    primary key (tenant_id, split_run_id, item_code, segment, recipient),
    foreign key (tenant_id, split_run_id) references split_run (tenant_id, split_run_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
) strict;
create index split_share_item on split_share (tenant_id, item_code, recipient, starts_on);

-- A payment order to the budget or to another office, its lines, and the bank's debits that paid it.
create table remittance (
    tenant_id blob not null references tenant (tenant_id),
    remittance_id blob not null,
    recipient text not null,
    amount integer not null check (amount > 0),
    order_text text not null,
    actor text not null,
    created_at integer not null,
    primary key (tenant_id, remittance_id)
) strict;
create table remittance_line (
    tenant_id blob not null references tenant (tenant_id),
    remittance_id blob not null,
    position integer not null,
    split_run_id blob not null,
    item_code text not null,
    amount integer not null check (amount > 0),
    primary key (tenant_id, remittance_id, position),
    unique (tenant_id, remittance_id, split_run_id, item_code),
    foreign key (tenant_id, remittance_id) references remittance (tenant_id, remittance_id),
    foreign key (tenant_id, split_run_id) references split_run (tenant_id, split_run_id)
) strict;
create table remittance_payment (
    tenant_id blob not null references tenant (tenant_id),
    remittance_id blob not null,
    position integer not null,
    account_number text not null,
    bank_reference text not null,
    amount integer not null check (amount > 0),
    value_date integer not null,
    journal_entry_id blob not null,
    actor text not null,
    recorded_at integer not null,
    primary key (tenant_id, remittance_id, position),
    unique (tenant_id, account_number, bank_reference),
    foreign key (tenant_id, remittance_id) references remittance (tenant_id, remittance_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
) strict;
create table remittance_paid (
    tenant_id blob not null references tenant (tenant_id),
    remittance_id blob not null,
    position integer not null,
    split_run_id blob not null,
    item_code text not null,
    amount integer not null check (amount > 0),
    primary key (tenant_id, remittance_id, position, split_run_id, item_code),
    foreign key (tenant_id, remittance_id, position) references remittance_payment (tenant_id, remittance_id, position)
) strict;
create index remittance_line_share on remittance_line (tenant_id, split_run_id, item_code);
create index remittance_paid_share on remittance_paid (tenant_id, split_run_id, item_code);

create trigger period_refuses_update before update on period
begin
    select raise(abort, 'period is append-only');
end;
create trigger period_refuses_delete before delete on period
begin
    select raise(abort, 'period is append-only');
end;
create trigger split_run_refuses_update before update on split_run
begin
    select raise(abort, 'split_run is append-only');
end;
create trigger split_run_refuses_delete before delete on split_run
begin
    select raise(abort, 'split_run is append-only');
end;
create trigger split_share_refuses_update before update on split_share
begin
    select raise(abort, 'split_share is append-only');
end;
create trigger split_share_refuses_delete before delete on split_share
begin
    select raise(abort, 'split_share is append-only');
end;
create trigger remittance_refuses_update before update on remittance
begin
    select raise(abort, 'remittance is append-only');
end;
create trigger remittance_refuses_delete before delete on remittance
begin
    select raise(abort, 'remittance is append-only');
end;
create trigger remittance_line_refuses_update before update on remittance_line
begin
    select raise(abort, 'remittance_line is append-only');
end;
create trigger remittance_line_refuses_delete before delete on remittance_line
begin
    select raise(abort, 'remittance_line is append-only');
end;
create trigger remittance_payment_refuses_update before update on remittance_payment
begin
    select raise(abort, 'remittance_payment is append-only');
end;
create trigger remittance_payment_refuses_delete before delete on remittance_payment
begin
    select raise(abort, 'remittance_payment is append-only');
end;
create trigger remittance_paid_refuses_update before update on remittance_paid
begin
    select raise(abort, 'remittance_paid is append-only');
end;
create trigger remittance_paid_refuses_delete before delete on remittance_paid
begin
    select raise(abort, 'remittance_paid is append-only');
end;
