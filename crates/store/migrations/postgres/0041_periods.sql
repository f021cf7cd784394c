-- The last closed business day, yyyymmdd; 0 when nothing is closed. Under the head's lock, so that nothing
-- is posted into a day while it is being closed.
alter table tenant_head add column closed_through bigint not null default 0;
-- The day to which an entry belongs by its evidence, when that day was closed and the entry stands on the
-- next open one.
alter table journal_entry add column evidence_date bigint;

-- A closed period and its seal: where the journal and the audit chain stood.
create table period (
    tenant_id uuid not null references tenant (tenant_id),
    kind text collate "C" not null check (kind in ('day', 'month', 'quarter', 'year')),
    starts_on bigint not null,
    ends_on bigint not null,
    journal_sequence bigint not null,
    audit_sequence bigint not null,
    audit_hash bytea not null,
    figures text collate "C" not null,
    closed_by text collate "C" not null,
    closed_at bigint not null,
    primary key (tenant_id, kind, starts_on)
);

-- The sharing of a period's money, and what each recipient got of each item. Days of one item with
-- different splits are segments.
create table split_run (
    tenant_id uuid not null references tenant (tenant_id),
    split_run_id uuid not null,
    period text collate "C" not null,
    starts_on bigint not null,
    ends_on bigint not null,
    autonomous boolean not null,
    actor text collate "C" not null,
    posted_at bigint not null,
    primary key (tenant_id, split_run_id),
    unique (tenant_id, starts_on)
);
create table split_share (
    tenant_id uuid not null references tenant (tenant_id),
    split_run_id uuid not null,
    item_code text collate "C" not null,
    segment bigint not null,
    recipient text collate "C" not null,
    starts_on bigint not null,
    ends_on bigint not null,
    fee_version bigint not null,
    collected bigint not null,
    taken bigint not null,
    amount bigint not null,
    due_on bigint,
    journal_entry_id uuid not null,
    primary key (tenant_id, split_run_id, item_code, segment, recipient),
    foreign key (tenant_id, split_run_id) references split_run (tenant_id, split_run_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
);
create index split_share_item on split_share (tenant_id, item_code, recipient, starts_on);

-- A payment order to the budget or to another office, its lines, and the bank's debits that paid it.
create table remittance (
    tenant_id uuid not null references tenant (tenant_id),
    remittance_id uuid not null,
    recipient text collate "C" not null,
    amount bigint not null check (amount > 0),
    order_text text collate "C" not null,
    actor text collate "C" not null,
    created_at bigint not null,
    primary key (tenant_id, remittance_id)
);
create table remittance_line (
    tenant_id uuid not null references tenant (tenant_id),
    remittance_id uuid not null,
    position bigint not null,
    split_run_id uuid not null,
    item_code text collate "C" not null,
    amount bigint not null check (amount > 0),
    primary key (tenant_id, remittance_id, position),
    unique (tenant_id, remittance_id, split_run_id, item_code),
    foreign key (tenant_id, remittance_id) references remittance (tenant_id, remittance_id),
    foreign key (tenant_id, split_run_id) references split_run (tenant_id, split_run_id)
);
create table remittance_payment (
    tenant_id uuid not null references tenant (tenant_id),
    remittance_id uuid not null,
    position bigint not null,
    account_number text collate "C" not null,
    bank_reference text collate "C" not null,
    amount bigint not null check (amount > 0),
    value_date bigint not null,
    journal_entry_id uuid not null,
    actor text collate "C" not null,
    recorded_at bigint not null,
    primary key (tenant_id, remittance_id, position),
    unique (tenant_id, account_number, bank_reference),
    foreign key (tenant_id, remittance_id) references remittance (tenant_id, remittance_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
);
create table remittance_paid (
    tenant_id uuid not null references tenant (tenant_id),
    remittance_id uuid not null,
    position bigint not null,
    split_run_id uuid not null,
    item_code text collate "C" not null,
    amount bigint not null check (amount > 0),
    primary key (tenant_id, remittance_id, position, split_run_id, item_code),
    foreign key (tenant_id, remittance_id, position) references remittance_payment (tenant_id, remittance_id, position)
);
create index remittance_line_share on remittance_line (tenant_id, split_run_id, item_code);
create index remittance_paid_share on remittance_paid (tenant_id, split_run_id, item_code);

create trigger period_refuses_change before update or delete or truncate on period
    for each statement execute function refuse_change();
create trigger split_run_refuses_change before update or delete or truncate on split_run
    for each statement execute function refuse_change();
create trigger split_share_refuses_change before update or delete or truncate on split_share
    for each statement execute function refuse_change();
create trigger remittance_refuses_change before update or delete or truncate on remittance
    for each statement execute function refuse_change();
create trigger remittance_line_refuses_change before update or delete or truncate on remittance_line
    for each statement execute function refuse_change();
create trigger remittance_payment_refuses_change before update or delete or truncate on remittance_payment
    for each statement execute function refuse_change();
create trigger remittance_paid_refuses_change before update or delete or truncate on remittance_paid
    for each statement execute function refuse_change();
