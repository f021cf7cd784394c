-- Whether the balances that banks report go on without a hole.

-- Money that went out, as a feed reported it: it never credits anything, but it moves the balance. Once
-- per source for ever, like a credit.
create table bank_debit (
    tenant_id blob not null references tenant (tenant_id),
    source text not null,
    provider_event_id text not null,
    callback_id blob not null,
    amount integer not null check (amount > 0),
    account_number text not null,
    memo text not null,
    bank_reference text,
    counterparty_name text,
    counterparty_account text,
    booked_at integer not null,
    balance_after integer,
    received_at integer not null,
    primary key (tenant_id, source, provider_event_id),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id)
) strict;
create index bank_debit_account on bank_debit (tenant_id, account_number, booked_at);

-- The open ends of each account's chain of balances, bounded. What was heard decides it, so it is no
-- record of anything; check_at says when an open end becomes a gap.
create table balance_chain (
    tenant_id blob not null references tenant (tenant_id),
    account_number text not null,
    ends text not null,
    check_at integer,
    primary key (tenant_id, account_number)
) strict;
create index balance_chain_due on balance_chain (check_at) where check_at is not null;

-- A hole that has lasted: between two balances lies money of which nobody told us. A gap that is no
-- longer watched by itself waits for a statement or a person.
create table balance_gap (
    tenant_id blob not null references tenant (tenant_id),
    balance_gap_id blob not null,
    account_number text not null,
    from_balance integer not null,
    from_booked_at integer not null,
    from_seen_at integer not null,
    to_balance integer not null,
    to_booked_at integer not null,
    to_seen_at integer not null,
    version integer not null,
    opened_at integer not null,
    unwatched_at integer,
    closed_at integer,
    resolution text check (resolution in ('arrived', 'statement', 'explained')),
    actor text,
    explanation text,
    primary key (tenant_id, balance_gap_id)
) strict;
create index balance_gap_open on balance_gap (tenant_id, account_number) where closed_at is null;

create trigger bank_debit_refuses_update before update on bank_debit
begin
    select raise(abort, 'bank_debit is append-only');
end;
create trigger bank_debit_refuses_delete before delete on bank_debit
begin
    select raise(abort, 'bank_debit is append-only');
end;
