-- What a person says about something that stands on a list when a statement is held against the books.
-- Said for ever: whoever says something else says it once more.
create table reconciliation_explanation (
    tenant_id uuid not null references tenant (tenant_id),
    explanation_id uuid not null,
    account_number text collate "C" not null,
    business_date bigint not null,
    item text collate "C" not null,
    reason text collate "C" not null,
    actor text collate "C" not null,
    explained_at bigint not null,
    primary key (tenant_id, explanation_id)
);
create index reconciliation_explanation_day on reconciliation_explanation (tenant_id, account_number, business_date);

create trigger reconciliation_explanation_refuses_change before update or delete or truncate on reconciliation_explanation
    for each statement execute function refuse_change();
