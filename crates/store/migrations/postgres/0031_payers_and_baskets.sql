-- Identifiers that say whose a credit is, beside the reference of a request.

-- The rules that may settle by themselves, in order, by their names; an empty text means that everything
-- waits for a person.
alter table tenant add column matching_order text collate "C" not null default 'virtual_account exact_reference payer_code';

-- A virtual account or a payer's code, registered: it stands for a payer, or for one request. The value
-- is folded to bare capitals and digits. A closed one is kept and means nothing any more.
create table payer_identifier (
    tenant_id uuid not null references tenant (tenant_id),
    payer_identifier_id uuid not null,
    kind text collate "C" not null check (kind in ('virtual_account', 'payer_code')),
    value text collate "C" not null,
    payer_id text collate "C",
    payment_request_id uuid,
    created_at bigint not null,
    closed_at bigint,
    primary key (tenant_id, payer_identifier_id),
    check ((payer_id is null) <> (payment_request_id is null)),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id)
);
create unique index payer_identifier_live on payer_identifier (tenant_id, kind, value) where closed_at is null;

-- One reference for several requests: whoever pays exactly what they lack together pays them all.
create table basket (
    tenant_id uuid not null references tenant (tenant_id),
    basket_id uuid not null,
    reference text collate "C" not null,
    payee_account_id uuid not null,
    description text collate "C",
    body_digest bytea not null,
    idempotency_key text collate "C",
    created_at bigint not null,
    primary key (tenant_id, basket_id),
    unique (tenant_id, reference),
    unique (tenant_id, idempotency_key),
    foreign key (tenant_id, payee_account_id) references payee_account (tenant_id, payee_account_id)
);
create table basket_request (
    tenant_id uuid not null,
    basket_id uuid not null,
    position bigint not null,
    payment_request_id uuid not null,
    primary key (tenant_id, basket_id, position),
    unique (tenant_id, basket_id, payment_request_id),
    foreign key (tenant_id, basket_id) references basket (tenant_id, basket_id),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id)
);

-- A payer's requests that wait for money, the oldest first: ids are made in the order of time.
create index payment_request_payer on payment_request (tenant_id, payer_id, payment_request_id) where status in ('open', 'underpaid');
-- Requests that lack exactly some amount, and the portal's ids as banks leave them.
create index payment_request_wanted on payment_request (tenant_id, amount, payment_request_id) where status in ('open', 'underpaid', 'expired');
create index payment_request_dossier on payment_request (tenant_id, upper(replace(replace(replace(replace(replace(external_id, '-', ''), '.', ''), '/', ''), '_', ''), ' ', '')));
