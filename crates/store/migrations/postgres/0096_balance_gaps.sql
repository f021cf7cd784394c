-- Whether the balances that banks report go on without a hole.

-- Money that went out, as a feed reported it: it never credits anything, but it moves the balance. Once
-- per source for ever, like a credit.
create table bank_debit (
    tenant_id uuid not null references tenant (tenant_id),
    source text collate "C" not null,
    provider_event_id text collate "C" not null,
    callback_id uuid not null,
    amount bigint not null check (amount > 0),
    account_number text collate "C" not null,
    memo text collate "C" not null,
    bank_reference text collate "C",
    counterparty_name text collate "C",
    counterparty_account text collate "C",
    booked_at bigint not null,
    balance_after bigint,
    received_at bigint not null,
    primary key (tenant_id, source, provider_event_id),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id)
);
create index bank_debit_account on bank_debit (tenant_id, account_number, booked_at);

-- The open ends of each account's chain of balances, bounded. What was heard decides it, so it is no
-- record of anything; check_at says when an open end becomes a gap.
create table balance_chain (
    tenant_id uuid not null references tenant (tenant_id),
    account_number text collate "C" not null,
    ends text collate "C" not null,
    check_at bigint,
    primary key (tenant_id, account_number)
);
create index balance_chain_due on balance_chain (check_at) where check_at is not null;

-- A hole that has lasted: between two balances lies money of which nobody told us. A gap that is no
-- longer watched by itself waits for a statement or a person.
create table balance_gap (
    tenant_id uuid not null references tenant (tenant_id),
    balance_gap_id uuid not null,
    account_number text collate "C" not null,
    from_balance bigint not null,
    from_booked_at bigint not null,
    from_seen_at bigint not null,
    to_balance bigint not null,
    to_booked_at bigint not null,
    to_seen_at bigint not null,
    version bigint not null,
    opened_at bigint not null,
    unwatched_at bigint,
    closed_at bigint,
    resolution text collate "C" check (resolution in ('arrived', 'statement', 'explained')),
    actor text collate "C",
    explanation text collate "C",
    primary key (tenant_id, balance_gap_id)
);
create index balance_gap_open on balance_gap (tenant_id, account_number) where closed_at is null;

create trigger bank_debit_refuses_change before update or delete or truncate on bank_debit
    for each statement execute function refuse_change();
