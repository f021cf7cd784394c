-- What people decide about credits. A credit's money can go to several requests, in several steps, and
-- every step can be taken back by a compensating one; nothing that was recorded is changed.

-- One decision about a credit. `amount` is what it took out of suspense, or gave back to it.
create table credit_act (
    tenant_id uuid not null references tenant (tenant_id),
    credit_act_id uuid not null,
    bank_credit_id uuid not null,
    version bigint not null,
    kind text collate "C" not null check (kind in ('allocated', 'not_a_payment', 'refund_out', 'duplicate_confirmed', 'released', 'undone')),
    amount bigint not null check (amount >= 0),
    journal_entry_id uuid,
    undoes_act_id uuid,
    actor text collate "C" not null,
    reason text collate "C" not null,
    operation text collate "C" not null,
    idempotency_key text collate "C",
    idempotency_digest bytea,
    decided_at bigint not null,
    primary key (tenant_id, credit_act_id),
    unique (tenant_id, bank_credit_id, version),
    unique (tenant_id, undoes_act_id),
    unique (tenant_id, operation, idempotency_key),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id),
    foreign key (tenant_id, undoes_act_id) references credit_act (tenant_id, credit_act_id)
);

-- Where a credit stands that is or was in suspense: what of it is held there now, and why. Its version
-- counts what happened to it; each version has one event.
create table suspense_item (
    tenant_id uuid not null references tenant (tenant_id),
    bank_credit_id uuid not null,
    held bigint not null check (held >= 0),
    reason text collate "C" not null,
    since bigint not null,
    version bigint not null,
    primary key (tenant_id, bank_credit_id),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
);
insert into suspense_item (tenant_id, bank_credit_id, held, reason, since, version)
select tenant_id, bank_credit_id, amount, coalesce(suspense_reason, 'no_reference'), received_at, 1
from bank_credit where outcome = 'suspense';

-- An allocation that takes another one back has the negative amount and names it. `collected` is what of
-- the amount went to the request's items; the rest is the payer's.
alter table allocation disable trigger allocation_refuses_change;
alter table allocation drop constraint allocation_amount_check;
alter table allocation drop constraint allocation_tenant_id_bank_credit_id_key;
alter table allocation
    add column collected bigint,
    add column credit_act_id uuid,
    add column reverses uuid;
update allocation set collected = coalesce((
    select sum(posting.amount) from posting
    where posting.tenant_id = allocation.tenant_id
      and posting.journal_entry_id = allocation.journal_entry_id
      and posting.side = 'credit' and posting.account_code like 'collected:%'
), 0);
alter table allocation
    alter column collected set not null,
    add check (amount <> 0),
    add check ((reverses is null) = (amount > 0)),
    add unique (tenant_id, reverses),
    add unique (tenant_id, credit_act_id, payment_request_id),
    add foreign key (tenant_id, credit_act_id) references credit_act (tenant_id, credit_act_id),
    add foreign key (tenant_id, reverses) references allocation (tenant_id, allocation_id);
alter table allocation enable trigger allocation_refuses_change;

create index allocation_entry on allocation (tenant_id, journal_entry_id);
create index credit_act_entry on credit_act (tenant_id, journal_entry_id);
create index allocation_credit on allocation (tenant_id, bank_credit_id);
-- By itself a credit is given to a request once (invariant I8); anything more is somebody's act.
create unique index allocation_by_itself on allocation (tenant_id, bank_credit_id, payment_request_id) where credit_act_id is null;
create index suspense_item_held on suspense_item (tenant_id, bank_credit_id) where held > 0;

create trigger credit_act_refuses_change before update or delete or truncate on credit_act
    for each statement execute function refuse_change();
