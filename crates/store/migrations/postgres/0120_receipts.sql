-- The receipt forms in use: what the receipts of a kind of fee are numbered under. `{yy}` in a series stands
-- for the last two digits of the year.
create table receipt_book (
    tenant_id uuid not null references tenant (tenant_id),
    fee_kind text collate "C" not null check (fee_kind in ('phi', 'le_phi')),
    form_code text collate "C" not null,
    series text collate "C" not null,
    signer text collate "C" not null check (signer in ('none', 'test')),
    primary key (tenant_id, fee_kind)
);

-- The last number that was given out in each series. Changed only under the head's lock, in the transaction
-- that stores the receipt.
create table receipt_series (
    tenant_id uuid not null references tenant (tenant_id),
    form_code text collate "C" not null,
    series text collate "C" not null,
    year bigint not null,
    last_number bigint not null check (last_number > 0),
    primary key (tenant_id, form_code, series, year)
);

-- Receipts. A wrong one is cancelled and replaced; its number stays.
create table receipt (
    tenant_id uuid not null references tenant (tenant_id),
    receipt_id uuid not null,
    payment_request_id uuid not null,
    fee_kind text collate "C" not null check (fee_kind in ('phi', 'le_phi')),
    form_code text collate "C" not null,
    series text collate "C" not null,
    year bigint not null,
    number bigint not null check (number between 1 and 9999999),
    amount bigint not null check (amount >= 0),
    issued_on bigint not null,
    issued_at bigint not null,
    content text collate "C" not null,
    signer text collate "C" not null,
    actor text collate "C" not null,
    replaces uuid,
    primary key (tenant_id, receipt_id),
    unique (tenant_id, form_code, series, year, number),
    unique (tenant_id, replaces),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id),
    foreign key (tenant_id, replaces) references receipt (tenant_id, receipt_id)
);
create index receipt_request on receipt (tenant_id, payment_request_id);
create table receipt_cancellation (
    tenant_id uuid not null references tenant (tenant_id),
    receipt_id uuid not null,
    reason text collate "C" not null,
    actor text collate "C" not null,
    cancelled_at bigint not null,
    primary key (tenant_id, receipt_id),
    foreign key (tenant_id, receipt_id) references receipt (tenant_id, receipt_id)
);

-- Every time that a receipt was printed: 0 is the original, every later one says that it is a copy.
create table receipt_print (
    tenant_id uuid not null references tenant (tenant_id),
    receipt_print_id uuid not null,
    receipt_id uuid not null,
    copy bigint not null check (copy >= 0),
    actor text collate "C" not null,
    printed_at bigint not null,
    primary key (tenant_id, receipt_print_id),
    unique (tenant_id, receipt_id, copy),
    foreign key (tenant_id, receipt_id) references receipt (tenant_id, receipt_id)
);

create trigger receipt_refuses_change before update or delete or truncate on receipt
    for each statement execute function refuse_change();
create trigger receipt_cancellation_refuses_change before update or delete or truncate on receipt_cancellation
    for each statement execute function refuse_change();
create trigger receipt_print_refuses_change before update or delete or truncate on receipt_print
    for each statement execute function refuse_change();
