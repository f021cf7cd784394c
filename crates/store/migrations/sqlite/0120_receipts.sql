-- The receipt forms in use: what the receipts of a kind of fee are numbered under. `{yy}` in a series stands
-- for the last two digits of the year.
create table receipt_book (
    tenant_id blob not null references tenant (tenant_id),
    fee_kind text not null check (fee_kind in ('phi', 'le_phi')),
    form_code text not null,
    series text not null,
    signer text not null check (signer in ('none', 'test')),
    primary key (tenant_id, fee_kind)
) strict;

-- The last number that was given out in each series. Changed only under the head's lock, in the transaction
-- that stores the receipt.
create table receipt_series (
    tenant_id blob not null references tenant (tenant_id),
    form_code text not null,
    series text not null,
    year integer not null,
    last_number integer not null check (last_number > 0),
    primary key (tenant_id, form_code, series, year)
) strict;

-- Receipts. A wrong one is cancelled and replaced; its number stays.
create table receipt (
    tenant_id blob not null references tenant (tenant_id),
    receipt_id blob not null,
    payment_request_id blob not null,
    fee_kind text not null check (fee_kind in ('phi', 'le_phi')),
    form_code text not null,
    series text not null,
    year integer not null,
    number integer not null check (number between 1 and 9999999),
    amount integer not null check (amount >= 0),
    issued_on integer not null,
    issued_at integer not null,
    content text not null,
    signer text not null,
    actor text not null,
    replaces blob,
    primary key (tenant_id, receipt_id),
    unique (tenant_id, form_code, series, year, number),
    unique (tenant_id, replaces),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id),
    foreign key (tenant_id, replaces) references receipt (tenant_id, receipt_id)
) strict;
create index receipt_request on receipt (tenant_id, payment_request_id);
create table receipt_cancellation (
    tenant_id blob not null references tenant (tenant_id),
    receipt_id blob not null,
    reason text not null,
    actor text not null,
    cancelled_at integer not null,
    primary key (tenant_id, receipt_id),
    foreign key (tenant_id, receipt_id) references receipt (tenant_id, receipt_id)
) strict;

-- Every time that a receipt was printed: 0 is the original, every later one says that it is a copy.
create table receipt_print (
    tenant_id blob not null references tenant (tenant_id),
    receipt_print_id blob not null,
    receipt_id blob not null,
    copy integer not null check (copy >= 0),
    actor text not null,
    printed_at integer not null,
    primary key (tenant_id, receipt_print_id),
    unique (tenant_id, receipt_id, copy),
    foreign key (tenant_id, receipt_id) references receipt (tenant_id, receipt_id)
) strict;

create trigger receipt_refuses_update before update on receipt
begin
    select raise(abort, 'receipt is append-only');
end;
create trigger receipt_refuses_delete before delete on receipt
begin
    select raise(abort, 'receipt is append-only');
end;
create trigger receipt_cancellation_refuses_update before update on receipt_cancellation
begin
    select raise(abort, 'receipt_cancellation is append-only');
end;
create trigger receipt_cancellation_refuses_delete before delete on receipt_cancellation
begin
    select raise(abort, 'receipt_cancellation is append-only');
end;
create trigger receipt_print_refuses_update before update on receipt_print
begin
    select raise(abort, 'receipt_print is append-only');
end;
create trigger receipt_print_refuses_delete before delete on receipt_print
begin
    select raise(abort, 'receipt_print is append-only');
end;
