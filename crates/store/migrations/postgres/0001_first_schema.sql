-- The first schema. Times are microseconds since 1970-01-01T00:00:00Z; money is whole đồng; business
-- dates are numbers yyyymmdd. Never edited once landed: add the next file.

-- A tenant: one office, school or market board, in live or in test mode. Test data lives in a tenant of
-- its own, so that a test key cannot reach live rows by construction.
create table tenant (
    tenant_id uuid not null,
    slug text collate "C" not null unique,
    mode text collate "C" not null check (mode in ('live', 'test')),
    name text collate "C" not null,
    name_en text collate "C",
    default_flow text collate "C" not null,
    created_at bigint not null,
    primary key (tenant_id)
);

-- The heads of a tenant's sequences and of its audit chain. Locking this row orders everything that a
-- tenant writes; one update per tenant and transaction.
create table tenant_head (
    tenant_id uuid not null references tenant (tenant_id),
    event_sequence bigint not null,
    journal_sequence bigint not null,
    audit_sequence bigint not null,
    audit_hash bytea not null,
    primary key (tenant_id)
);

create table api_key (
    tenant_id uuid not null references tenant (tenant_id),
    api_key_id uuid not null,
    digest bytea not null unique,
    label text collate "C" not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    primary key (tenant_id, api_key_id)
);

create table payee_account (
    tenant_id uuid not null references tenant (tenant_id),
    payee_account_id uuid not null,
    position bigint not null,
    bank_bin text collate "C" not null,
    account_number text collate "C" not null,
    account_name text collate "C" not null,
    created_at bigint not null,
    primary key (tenant_id, payee_account_id),
    unique (tenant_id, account_number)
);

create table fee_item (
    tenant_id uuid not null references tenant (tenant_id),
    item_code text collate "C" not null,
    position bigint not null,
    name text collate "C" not null,
    name_en text collate "C",
    legal_basis text collate "C",
    unit_price bigint check (unit_price >= 0),
    primary key (tenant_id, item_code)
);

-- Where callbacks come in. The name is in the address, so it is unique for the whole installation.
-- Secrets are sealed by the gateway's master key before they come here.
create table callback_source (
    source text collate "C" not null,
    tenant_id uuid not null references tenant (tenant_id),
    dialect text collate "C" not null,
    sealed_secret bytea not null,
    sealed_previous_secret bytea,
    created_at bigint not null,
    primary key (source)
);

create table webhook_endpoint (
    tenant_id uuid not null references tenant (tenant_id),
    endpoint_id uuid not null,
    url text collate "C" not null,
    sealed_secret bytea not null,
    created_at bigint not null,
    disabled_at bigint,
    disabled_reason text collate "C",
    primary key (tenant_id, endpoint_id),
    unique (tenant_id, url)
);

create table payment_request (
    tenant_id uuid not null references tenant (tenant_id),
    payment_request_id uuid not null,
    external_id text collate "C",
    reference text collate "C" not null,
    status text collate "C" not null check (status in ('open', 'underpaid', 'paid', 'overpaid', 'cancelled', 'expired')),
    amount bigint not null check (amount >= 0),
    received bigint not null check (received >= 0),
    late boolean not null,
    version bigint not null,
    payee_account_id uuid not null,
    description text collate "C",
    lines text collate "C" not null,
    payer_id text collate "C",
    payer_name text collate "C",
    metadata text collate "C",
    body_digest bytea not null,
    payload text collate "C",
    checkout_token text collate "C" not null unique,
    created_at bigint not null,
    expires_at bigint,
    paid_at bigint,
    primary key (tenant_id, payment_request_id),
    unique (tenant_id, reference),
    unique (tenant_id, external_id),
    foreign key (tenant_id, payee_account_id) references payee_account (tenant_id, payee_account_id)
);

create table idempotency (
    tenant_id uuid not null references tenant (tenant_id),
    operation text collate "C" not null,
    idempotency_key text collate "C" not null,
    digest bytea not null,
    payment_request_id uuid not null,
    created_at bigint not null,
    primary key (tenant_id, operation, idempotency_key),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id)
);

-- What a bank or an aggregator sent, byte for byte, committed before it is answered. The same bytes
-- from the same source are one row however often they come.
create table callback (
    tenant_id uuid not null references tenant (tenant_id),
    callback_id uuid not null,
    source text collate "C" not null,
    dialect text collate "C" not null,
    received_at bigint not null,
    headers text collate "C" not null,
    body bytea not null,
    body_digest bytea not null,
    primary key (tenant_id, callback_id),
    unique (tenant_id, source, body_digest)
);

-- The queue of callbacks that are stored and not settled yet. A row leaves in the transaction that
-- settles it.
create table callback_pending (
    tenant_id uuid not null,
    callback_id uuid not null,
    received_at bigint not null,
    attempts bigint not null,
    next_attempt_at bigint not null,
    primary key (tenant_id, callback_id),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id)
);

-- One reported credit. The bank's transaction id is unique per source for ever.
create table bank_credit (
    tenant_id uuid not null references tenant (tenant_id),
    bank_credit_id uuid not null,
    source text collate "C" not null,
    provider_event_id text collate "C" not null,
    callback_id uuid not null,
    notice_digest bytea not null,
    amount bigint not null check (amount > 0),
    account_number text collate "C" not null,
    virtual_account text collate "C",
    memo text collate "C" not null,
    memo_full text collate "C",
    bank_reference text collate "C",
    counterparty_name text collate "C",
    counterparty_account text collate "C",
    booked_at bigint not null,
    balance_after bigint,
    business_date bigint not null,
    received_at bigint not null,
    outcome text collate "C" not null check (outcome in ('settled', 'suspense')),
    suspense_reason text collate "C",
    match_detail text collate "C" not null,
    primary key (tenant_id, bank_credit_id),
    unique (tenant_id, source, provider_event_id),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id)
);

-- What became of each message of a callback: exactly one outcome.
create table callback_message (
    tenant_id uuid not null,
    callback_id uuid not null,
    ordinal bigint not null,
    outcome text collate "C" not null check (outcome in ('settled', 'suspense', 'duplicate', 'conflict', 'ignored', 'quarantined')),
    provider_event_id text collate "C",
    bank_credit_id uuid,
    detail text collate "C",
    decided_at bigint not null,
    primary key (tenant_id, callback_id, ordinal),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
);

create table account (
    tenant_id uuid not null references tenant (tenant_id),
    account_code text collate "C" not null,
    account_type text collate "C" not null check (account_type in ('asset', 'liability')),
    sequence bigint not null,
    balance bigint not null,
    primary key (tenant_id, account_code)
);

create table journal_entry (
    tenant_id uuid not null references tenant (tenant_id),
    journal_entry_id uuid not null,
    sequence bigint not null,
    rule text collate "C" not null,
    business_date bigint not null,
    posted_at bigint not null,
    bank_credit_id uuid,
    reversal_of uuid,
    primary key (tenant_id, journal_entry_id),
    unique (tenant_id, sequence),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
);

-- Keyed by account and sequence: a gap in an account's history cannot hide.
create table posting (
    tenant_id uuid not null,
    account_code text collate "C" not null,
    sequence bigint not null,
    journal_entry_id uuid not null,
    position bigint not null,
    side text collate "C" not null check (side in ('debit', 'credit')),
    amount bigint not null check (amount > 0),
    balance_after bigint not null,
    primary key (tenant_id, account_code, sequence),
    unique (tenant_id, journal_entry_id, position),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
);

create table allocation (
    tenant_id uuid not null references tenant (tenant_id),
    allocation_id uuid not null,
    bank_credit_id uuid not null,
    payment_request_id uuid not null,
    journal_entry_id uuid not null,
    amount bigint not null check (amount > 0),
    rule text collate "C" not null,
    allocated_at bigint not null,
    primary key (tenant_id, allocation_id),
    unique (tenant_id, bank_credit_id),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
);

create table event (
    tenant_id uuid not null references tenant (tenant_id),
    sequence bigint not null,
    event_id uuid not null,
    event_type text collate "C" not null,
    subject text collate "C" not null,
    subject_version bigint not null,
    occurred_at bigint not null,
    data text collate "C" not null,
    primary key (tenant_id, sequence),
    unique (tenant_id, event_id)
);

create table delivery (
    tenant_id uuid not null references tenant (tenant_id),
    delivery_id uuid not null,
    event_sequence bigint not null,
    endpoint_id uuid not null,
    status text collate "C" not null check (status in ('pending', 'delivered', 'dead')),
    attempts bigint not null,
    next_attempt_at bigint not null,
    last_response_status bigint,
    last_error text collate "C",
    created_at bigint not null,
    delivered_at bigint,
    primary key (tenant_id, delivery_id),
    unique (tenant_id, event_sequence, endpoint_id),
    foreign key (tenant_id, event_sequence) references event (tenant_id, sequence),
    foreign key (tenant_id, endpoint_id) references webhook_endpoint (tenant_id, endpoint_id)
);

create table delivery_attempt (
    tenant_id uuid not null,
    delivery_id uuid not null,
    attempt bigint not null,
    started_at bigint not null,
    duration_micros bigint not null,
    response_status bigint,
    error text collate "C",
    primary key (tenant_id, delivery_id, attempt),
    foreign key (tenant_id, delivery_id) references delivery (tenant_id, delivery_id)
);

-- Who did what, chained by hash.
create table audit_record (
    tenant_id uuid not null references tenant (tenant_id),
    sequence bigint not null,
    at bigint not null,
    actor text collate "C" not null,
    action text collate "C" not null,
    subject text collate "C" not null,
    detail text collate "C" not null,
    hash bytea not null,
    primary key (tenant_id, sequence)
);

create index payment_request_due on payment_request (expires_at) where status = 'open';
create index callback_pending_due on callback_pending (next_attempt_at);
create index bank_credit_reference on bank_credit (tenant_id, account_number, bank_reference, amount);
create index bank_credit_time on bank_credit (tenant_id, account_number, amount, booked_at);
-- One bank transaction gives at most one journal entry, for ever (invariant I7).
create unique index journal_entry_credit on journal_entry (tenant_id, bank_credit_id) where reversal_of is null;
create index callback_message_credit on callback_message (tenant_id, bank_credit_id);
-- Each version of an object is told once (invariant I15).
create unique index event_subject on event (tenant_id, subject, subject_version);
create index audit_record_subject on audit_record (tenant_id, action, subject);
create index journal_entry_business_date on journal_entry (tenant_id, business_date, sequence);
create index allocation_request on allocation (tenant_id, payment_request_id);
create index delivery_due on delivery (next_attempt_at) where status = 'pending';
create index callback_message_outcome on callback_message (tenant_id, outcome, decided_at);

-- History is append-only: a correction is a new row (invariant I5).
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end;
$$;
create trigger callback_refuses_change before update or delete or truncate on callback
    for each statement execute function refuse_change();
create trigger bank_credit_refuses_change before update or delete or truncate on bank_credit
    for each statement execute function refuse_change();
create trigger callback_message_refuses_change before update or delete or truncate on callback_message
    for each statement execute function refuse_change();
create trigger journal_entry_refuses_change before update or delete or truncate on journal_entry
    for each statement execute function refuse_change();
create trigger posting_refuses_change before update or delete or truncate on posting
    for each statement execute function refuse_change();
create trigger allocation_refuses_change before update or delete or truncate on allocation
    for each statement execute function refuse_change();
create trigger event_refuses_change before update or delete or truncate on event
    for each statement execute function refuse_change();
create trigger delivery_attempt_refuses_change before update or delete or truncate on delivery_attempt
    for each statement execute function refuse_change();
create trigger audit_record_refuses_change before update or delete or truncate on audit_record
    for each statement execute function refuse_change();
