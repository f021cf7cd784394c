-- The first schema. Times are microseconds since 1970-01-01T00:00:00Z; money is whole đồng; business
-- dates are numbers yyyymmdd. Never edited once landed: add the next file.

-- A tenant: one office, school or market board, in live or in test mode. Test data lives in a tenant of
-- its own, so that a test key cannot reach live rows by construction.
create table tenant (
    tenant_id blob not null,
    slug text not null unique,
    mode text not null check (mode in ('live', 'test')),
    name text not null,
    name_en text,
    default_flow text not null,
    created_at integer not null,
    primary key (tenant_id)
) strict;

-- The heads of a tenant's sequences and of its audit chain. Locking this row orders everything that a
-- tenant writes; one update per tenant and transaction.
create table tenant_head (
    tenant_id blob not null references tenant (tenant_id),
    event_sequence integer not null,
    journal_sequence integer not null,
    audit_sequence integer not null,
    audit_hash blob not null,
    primary key (tenant_id)
) strict;

create table api_key (
    tenant_id blob not null references tenant (tenant_id),
    api_key_id blob not null,
    digest blob not null unique,
    label text not null,
    created_at integer not null,
    expires_at integer,
    revoked_at integer,
    primary key (tenant_id, api_key_id)
) strict;

create table payee_account (
    tenant_id blob not null references tenant (tenant_id),
    payee_account_id blob not null,
    position integer not null,
    bank_bin text not null,
    account_number text not null,
    account_name text not null,
    created_at integer not null,
    primary key (tenant_id, payee_account_id),
    unique (tenant_id, account_number)
) strict;

create table fee_item (
    tenant_id blob not null references tenant (tenant_id),
    item_code text not null,
    position integer not null,
    name text not null,
    name_en text,
    legal_basis text,
    unit_price integer check (unit_price >= 0),
    primary key (tenant_id, item_code)
) strict;

-- Where callbacks come in. The name is in the address, so it is unique for the whole installation.
-- Secrets are sealed by the gateway's master key before they come here.
create table callback_source (
    source text not null,
    tenant_id blob not null references tenant (tenant_id),
    dialect text not null,
    sealed_secret blob not null,
    sealed_previous_secret blob,
    created_at integer not null,
    primary key (source)
) strict;

create table webhook_endpoint (
    tenant_id blob not null references tenant (tenant_id),
    endpoint_id blob not null,
    url text not null,
    sealed_secret blob not null,
    created_at integer not null,
    disabled_at integer,
    disabled_reason text,
    primary key (tenant_id, endpoint_id),
    unique (tenant_id, url)
) strict;

create table payment_request (
    tenant_id blob not null references tenant (tenant_id),
    payment_request_id blob not null,
    external_id text,
    reference text not null,
    status text not null check (status in ('open', 'underpaid', 'paid', 'overpaid', 'cancelled', 'expired')),
    amount integer not null check (amount >= 0),
    received integer not null check (received >= 0),
    late integer not null check (late in (0, 1)),
    version integer not null,
    payee_account_id blob not null,
    description text,
    lines text not null,
    payer_id text,
    payer_name text,
    metadata text,
    body_digest blob not null,
    payload text,
    checkout_token text not null unique,
    created_at integer not null,
    expires_at integer,
    paid_at integer,
    primary key (tenant_id, payment_request_id),
    unique (tenant_id, reference),
    unique (tenant_id, external_id),
    foreign key (tenant_id, payee_account_id) references payee_account (tenant_id, payee_account_id)
) strict;

create table idempotency (
    tenant_id blob not null references tenant (tenant_id),
    operation text not null,
    idempotency_key text not null,
    digest blob not null,
    payment_request_id blob not null,
    created_at integer not null,
    primary key (tenant_id, operation, idempotency_key),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id)
) strict;

-- What a bank or an aggregator sent, byte for byte, committed before it is answered. The same bytes
-- from the same source are one row however often they come.
create table callback (
    tenant_id blob not null references tenant (tenant_id),
    callback_id blob not null,
    source text not null,
    dialect text not null,
    received_at integer not null,
    headers text not null,
    body blob not null,
    body_digest blob not null,
    primary key (tenant_id, callback_id),
    unique (tenant_id, source, body_digest)
) strict;

-- The queue of callbacks that are stored and not settled yet. A row leaves in the transaction that
-- settles it.
create table callback_pending (
    tenant_id blob not null,
    callback_id blob not null,
    received_at integer not null,
    attempts integer not null,
    next_attempt_at integer not null,
    primary key (tenant_id, callback_id),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id)
) strict;

-- One reported credit. The bank's transaction id is unique per source for ever.
create table bank_credit (
    tenant_id blob not null references tenant (tenant_id),
    bank_credit_id blob not null,
    source text not null,
    provider_event_id text not null,
    callback_id blob not null,
    notice_digest blob not null,
    amount integer not null check (amount > 0),
    account_number text not null,
    virtual_account text,
    memo text not null,
    memo_full text,
    bank_reference text,
    counterparty_name text,
    counterparty_account text,
    booked_at integer not null,
    balance_after integer,
    business_date integer not null,
    received_at integer not null,
    outcome text not null check (outcome in ('settled', 'suspense')),
    suspense_reason text,
    match_detail text not null,
    primary key (tenant_id, bank_credit_id),
    unique (tenant_id, source, provider_event_id),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id)
) strict;

-- What became of each message of a callback: exactly one outcome.
create table callback_message (
    tenant_id blob not null,
    callback_id blob not null,
    ordinal integer not null,
    outcome text not null check (outcome in ('settled', 'suspense', 'duplicate', 'conflict', 'ignored', 'quarantined')),
    provider_event_id text,
    bank_credit_id blob,
    detail text,
    decided_at integer not null,
    primary key (tenant_id, callback_id, ordinal),
    foreign key (tenant_id, callback_id) references callback (tenant_id, callback_id),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
) strict;

create table account (
    tenant_id blob not null references tenant (tenant_id),
    account_code text not null,
    account_type text not null check (account_type in ('asset', 'liability')),
    sequence integer not null,
    balance integer not null,
    primary key (tenant_id, account_code)
) strict;

create table journal_entry (
    tenant_id blob not null references tenant (tenant_id),
    journal_entry_id blob not null,
    sequence integer not null,
    rule text not null,
    business_date integer not null,
    posted_at integer not null,
    bank_credit_id blob,
    reversal_of blob,
    primary key (tenant_id, journal_entry_id),
    unique (tenant_id, sequence),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
) strict;

-- Keyed by account and sequence: a gap in an account's history cannot hide.
create table posting (
    tenant_id blob not null,
    account_code text not null,
    sequence integer not null,
    journal_entry_id blob not null,
    position integer not null,
    side text not null check (side in ('debit', 'credit')),
    amount integer not null check (amount > 0),
    balance_after integer not null,
    primary key (tenant_id, account_code, sequence),
    unique (tenant_id, journal_entry_id, position),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
) strict;

create table allocation (
    tenant_id blob not null references tenant (tenant_id),
    allocation_id blob not null,
    bank_credit_id blob not null,
    payment_request_id blob not null,
    journal_entry_id blob not null,
    amount integer not null check (amount > 0),
    rule text not null,
    allocated_at integer not null,
    primary key (tenant_id, allocation_id),
    unique (tenant_id, bank_credit_id),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id)
) strict;

create table event (
    tenant_id blob not null references tenant (tenant_id),
    sequence integer not null,
    event_id blob not null,
    event_type text not null,
    subject text not null,
    subject_version integer not null,
    occurred_at integer not null,
    data text not null,
    primary key (tenant_id, sequence),
    unique (tenant_id, event_id)
) strict;

create table delivery (
    tenant_id blob not null references tenant (tenant_id),
    delivery_id blob not null,
    event_sequence integer not null,
    endpoint_id blob not null,
    status text not null check (status in ('pending', 'delivered', 'dead')),
    attempts integer not null,
    next_attempt_at integer not null,
    last_response_status integer,
    last_error text,
    created_at integer not null,
    delivered_at integer,
    primary key (tenant_id, delivery_id),
    unique (tenant_id, event_sequence, endpoint_id),
    foreign key (tenant_id, event_sequence) references event (tenant_id, sequence),
    foreign key (tenant_id, endpoint_id) references webhook_endpoint (tenant_id, endpoint_id)
) strict;

create table delivery_attempt (
    tenant_id blob not null,
    delivery_id blob not null,
    attempt integer not null,
    started_at integer not null,
    duration_micros integer not null,
    response_status integer,
    error text,
    primary key (tenant_id, delivery_id, attempt),
    foreign key (tenant_id, delivery_id) references delivery (tenant_id, delivery_id)
) strict;

-- Who did what, chained by hash.
create table audit_record (
    tenant_id blob not null references tenant (tenant_id),
    sequence integer not null,
    at integer not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null,
    hash blob not null,
    primary key (tenant_id, sequence)
) strict;

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
create trigger callback_refuses_update before update on callback
begin
    select raise(abort, 'callback is append-only');
end;
create trigger callback_refuses_delete before delete on callback
begin
    select raise(abort, 'callback is append-only');
end;
create trigger bank_credit_refuses_update before update on bank_credit
begin
    select raise(abort, 'bank_credit is append-only');
end;
create trigger bank_credit_refuses_delete before delete on bank_credit
begin
    select raise(abort, 'bank_credit is append-only');
end;
create trigger callback_message_refuses_update before update on callback_message
begin
    select raise(abort, 'callback_message is append-only');
end;
create trigger callback_message_refuses_delete before delete on callback_message
begin
    select raise(abort, 'callback_message is append-only');
end;
create trigger journal_entry_refuses_update before update on journal_entry
begin
    select raise(abort, 'journal_entry is append-only');
end;
create trigger journal_entry_refuses_delete before delete on journal_entry
begin
    select raise(abort, 'journal_entry is append-only');
end;
create trigger posting_refuses_update before update on posting
begin
    select raise(abort, 'posting is append-only');
end;
create trigger posting_refuses_delete before delete on posting
begin
    select raise(abort, 'posting is append-only');
end;
create trigger allocation_refuses_update before update on allocation
begin
    select raise(abort, 'allocation is append-only');
end;
create trigger allocation_refuses_delete before delete on allocation
begin
    select raise(abort, 'allocation is append-only');
end;
create trigger event_refuses_update before update on event
begin
    select raise(abort, 'event is append-only');
end;
create trigger event_refuses_delete before delete on event
begin
    select raise(abort, 'event is append-only');
end;
create trigger delivery_attempt_refuses_update before update on delivery_attempt
begin
    select raise(abort, 'delivery_attempt is append-only');
end;
create trigger delivery_attempt_refuses_delete before delete on delivery_attempt
begin
    select raise(abort, 'delivery_attempt is append-only');
end;
create trigger audit_record_refuses_update before update on audit_record
begin
    select raise(abort, 'audit_record is append-only');
end;
create trigger audit_record_refuses_delete before delete on audit_record
begin
    select raise(abort, 'audit_record is append-only');
end;
