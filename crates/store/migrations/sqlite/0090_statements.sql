-- Bank statements: the files as they came, their lines, and which line is which credit. The file is kept
-- byte for byte, like a callback; the lines are what was read in it, and nobody changes either.

-- A file that was taken. The same bytes with the same account and encoding are one import for ever.
create table statement_import (
    tenant_id blob not null references tenant (tenant_id),
    statement_import_id blob not null,
    file_digest blob not null,
    account_hint text not null,
    encoding_hint text not null,
    file_name text not null,
    bytes integer not null,
    format text not null,
    layout text not null,
    encoding text not null,
    feed text not null,
    lines integer not null,
    errors integer not null,
    unbooked integer not null,
    actor text not null,
    created_at integer not null,
    primary key (tenant_id, statement_import_id),
    unique (tenant_id, file_digest, account_hint, encoding_hint)
) strict;

create table statement_file (
    tenant_id blob not null,
    statement_import_id blob not null,
    part integer not null,
    bytes blob not null,
    primary key (tenant_id, statement_import_id, part),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
) strict;

-- One account's statement in a file: what it says that it covers and adds up to.
create table statement_summary (
    tenant_id blob not null,
    statement_import_id blob not null,
    position integer not null,
    account_number text not null,
    starts_on integer,
    ends_on integer,
    opening integer,
    closing integer,
    credits integer not null,
    credit_sum integer,
    debits integer not null,
    debit_sum integer,
    errors integer not null,
    breaks integer not null,
    primary key (tenant_id, statement_import_id, position),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
) strict;

-- Rows that could not be read: the first thousand of a file.
create table statement_error (
    tenant_id blob not null,
    statement_import_id blob not null,
    ordinal integer not null,
    number integer not null,
    rule text not null,
    field text not null,
    found text not null,
    primary key (tenant_id, statement_import_id, ordinal),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
) strict;

-- One movement, once per feed (kind of file), whichever files it stands in; the import that brought it
-- first. The number is the row of that file, the ordinal counts its movements.
create table statement_line (
    tenant_id blob not null,
    feed text not null,
    line_id text not null,
    statement_import_id blob not null,
    ordinal integer not null,
    number integer not null,
    account_number text not null,
    virtual_account text,
    direction text not null check (direction in ('credit', 'debit')),
    amount integer not null check (amount > 0),
    booked_at integer not null,
    business_date integer not null,
    value_date integer,
    balance_after integer,
    bank_reference text,
    memo text not null,
    memo_full text,
    counterparty_name text,
    counterparty_account text,
    primary key (tenant_id, feed, line_id),
    unique (tenant_id, statement_import_id, ordinal),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
) strict;
create index statement_line_day on statement_line (tenant_id, account_number, business_date, feed);
create index statement_summary_account on statement_summary (tenant_id, account_number, starts_on);

-- How far an import is. The only row here that changes: it says what is left to do after a crash.
create table statement_job (
    tenant_id blob not null,
    statement_import_id blob not null,
    status text not null check (status in ('reading', 'posting', 'done')),
    read_to integer not null,
    stored integer not null,
    duplicates integer not null,
    reported integer not null,
    posted integer not null,
    held integer not null,
    failed integer not null,
    leased_until integer not null,
    updated_at integer not null,
    primary key (tenant_id, statement_import_id),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
) strict;
create index statement_job_due on statement_job (leased_until) where status <> 'done';

-- A credit that is in the books, reported once more: by a line of a statement, or by a callback that came
-- after the statement. Each report belongs to one credit, and one channel reports a credit once.
create table credit_report (
    tenant_id blob not null,
    source text not null,
    provider_event_id text not null,
    bank_credit_id blob not null,
    notice_digest blob,
    reported_at integer not null,
    audit_sequence integer not null,
    primary key (tenant_id, source, provider_event_id),
    unique (tenant_id, bank_credit_id, source),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
) strict;
create index credit_report_audit on credit_report (tenant_id, audit_sequence);

-- Credits that only a statement brought, for the callback that comes late.
create index bank_credit_of_statement on bank_credit (tenant_id, account_number, amount, booked_at)
    where source >= 'statement:' and source < 'statement;';
-- Credits of an account by day, to be held against its statement.
create index bank_credit_day on bank_credit (tenant_id, account_number, business_date);

create trigger statement_import_refuses_update before update on statement_import
begin
    select raise(abort, 'statement_import is append-only');
end;
create trigger statement_import_refuses_delete before delete on statement_import
begin
    select raise(abort, 'statement_import is append-only');
end;
create trigger statement_file_refuses_update before update on statement_file
begin
    select raise(abort, 'statement_file is append-only');
end;
create trigger statement_file_refuses_delete before delete on statement_file
begin
    select raise(abort, 'statement_file is append-only');
end;
create trigger statement_summary_refuses_update before update on statement_summary
begin
    select raise(abort, 'statement_summary is append-only');
end;
create trigger statement_summary_refuses_delete before delete on statement_summary
begin
    select raise(abort, 'statement_summary is append-only');
end;
create trigger statement_error_refuses_update before update on statement_error
begin
    select raise(abort, 'statement_error is append-only');
end;
create trigger statement_error_refuses_delete before delete on statement_error
begin
    select raise(abort, 'statement_error is append-only');
end;
create trigger statement_line_refuses_update before update on statement_line
begin
    select raise(abort, 'statement_line is append-only');
end;
create trigger statement_line_refuses_delete before delete on statement_line
begin
    select raise(abort, 'statement_line is append-only');
end;
create trigger credit_report_refuses_update before update on credit_report
begin
    select raise(abort, 'credit_report is append-only');
end;
create trigger credit_report_refuses_delete before delete on credit_report
begin
    select raise(abort, 'credit_report is append-only');
end;
