-- Bank statements: the files as they came, their lines, and which line is which credit. The file is kept
-- byte for byte, like a callback; the lines are what was read in it, and nobody changes either.

-- A file that was taken. The same bytes with the same account and encoding are one import for ever.
create table statement_import (
    tenant_id uuid not null references tenant (tenant_id),
    statement_import_id uuid not null,
    file_digest bytea not null,
    account_hint text collate "C" not null,
    encoding_hint text collate "C" not null,
    file_name text collate "C" not null,
    bytes bigint not null,
    format text collate "C" not null,
    layout text collate "C" not null,
    encoding text collate "C" not null,
    feed text collate "C" not null,
    lines bigint not null,
    errors bigint not null,
    unbooked bigint not null,
    actor text collate "C" not null,
    created_at bigint not null,
    primary key (tenant_id, statement_import_id),
    unique (tenant_id, file_digest, account_hint, encoding_hint)
);

create table statement_file (
    tenant_id uuid not null,
    statement_import_id uuid not null,
    part bigint not null,
    bytes bytea not null,
    primary key (tenant_id, statement_import_id, part),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
);

-- One account's statement in a file: what it says that it covers and adds up to.
create table statement_summary (
    tenant_id uuid not null,
    statement_import_id uuid not null,
    position bigint not null,
    account_number text collate "C" not null,
    starts_on bigint,
    ends_on bigint,
    opening bigint,
    closing bigint,
    credits bigint not null,
    credit_sum bigint,
    debits bigint not null,
    debit_sum bigint,
    errors bigint not null,
    breaks bigint not null,
    primary key (tenant_id, statement_import_id, position),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
);

-- Rows that could not be read: the first thousand of a file.
create table statement_error (
    tenant_id uuid not null,
    statement_import_id uuid not null,
    ordinal bigint not null,
    number bigint not null,
    rule text collate "C" not null,
    field text collate "C" not null,
    found text collate "C" not null,
    primary key (tenant_id, statement_import_id, ordinal),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
);

-- One movement, once per feed (kind of file), whichever files it stands in; the import that brought it
-- first. The number is the row of that file, the ordinal counts its movements.
create table statement_line (
    tenant_id uuid not null,
    feed text collate "C" not null,
    line_id text collate "C" not null,
    statement_import_id uuid not null,
    ordinal bigint not null,
    number bigint not null,
    account_number text collate "C" not null,
    virtual_account text collate "C",
    direction text collate "C" not null check (direction in ('credit', 'debit')),
    amount bigint not null check (amount > 0),
    booked_at bigint not null,
    business_date bigint not null,
    value_date bigint,
    balance_after bigint,
    bank_reference text collate "C",
    memo text collate "C" not null,
    memo_full text collate "C",
    counterparty_name text collate "C",
    counterparty_account text collate "C",
    primary key (tenant_id, feed, line_id),
    unique (tenant_id, statement_import_id, ordinal),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
);
create index statement_line_day on statement_line (tenant_id, account_number, business_date, feed);
create index statement_summary_account on statement_summary (tenant_id, account_number, starts_on);

-- How far an import is. The only row here that changes: it says what is left to do after a crash.
create table statement_job (
    tenant_id uuid not null,
    statement_import_id uuid not null,
    status text collate "C" not null check (status in ('reading', 'posting', 'done')),
    read_to bigint not null,
    stored bigint not null,
    duplicates bigint not null,
    reported bigint not null,
    posted bigint not null,
    held bigint not null,
    failed bigint not null,
    leased_until bigint not null,
    updated_at bigint not null,
    primary key (tenant_id, statement_import_id),
    foreign key (tenant_id, statement_import_id) references statement_import (tenant_id, statement_import_id)
);
create index statement_job_due on statement_job (leased_until) where status <> 'done';

-- A credit that is in the books, reported once more: by a line of a statement, or by a callback that came
-- after the statement. Each report belongs to one credit, and one channel reports a credit once.
create table credit_report (
    tenant_id uuid not null,
    source text collate "C" not null,
    provider_event_id text collate "C" not null,
    bank_credit_id uuid not null,
    notice_digest bytea,
    reported_at bigint not null,
    audit_sequence bigint not null,
    primary key (tenant_id, source, provider_event_id),
    unique (tenant_id, bank_credit_id, source),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
);
create index credit_report_audit on credit_report (tenant_id, audit_sequence);

-- Credits that only a statement brought, for the callback that comes late.
create index bank_credit_of_statement on bank_credit (tenant_id, account_number, amount, booked_at)
    where source >= 'statement:' and source < 'statement;';
-- Credits of an account by day, to be held against its statement.
create index bank_credit_day on bank_credit (tenant_id, account_number, business_date);

create trigger statement_import_refuses_change before update or delete or truncate on statement_import
    for each statement execute function refuse_change();
create trigger statement_file_refuses_change before update or delete or truncate on statement_file
    for each statement execute function refuse_change();
create trigger statement_summary_refuses_change before update or delete or truncate on statement_summary
    for each statement execute function refuse_change();
create trigger statement_error_refuses_change before update or delete or truncate on statement_error
    for each statement execute function refuse_change();
create trigger statement_line_refuses_change before update or delete or truncate on statement_line
    for each statement execute function refuse_change();
create trigger credit_report_refuses_change before update or delete or truncate on credit_report
    for each statement execute function refuse_change();
