-- What a person says about something that stands on a list when a statement is held against the books.
-- Said for ever: whoever says something else says it once more.
create table reconciliation_explanation (
    tenant_id blob not null references tenant (tenant_id),
    explanation_id blob not null,
    account_number text not null,
    business_date integer not null,
    item text not null,
    reason text not null,
    actor text not null,
    explained_at integer not null,
    primary key (tenant_id, explanation_id)
) strict;
create index reconciliation_explanation_day on reconciliation_explanation (tenant_id, account_number, business_date);

create trigger reconciliation_explanation_refuses_update before update on reconciliation_explanation
begin
    select raise(abort, 'reconciliation_explanation is append-only');
end;
create trigger reconciliation_explanation_refuses_delete before delete on reconciliation_explanation
begin
    select raise(abort, 'reconciliation_explanation is append-only');
end;
