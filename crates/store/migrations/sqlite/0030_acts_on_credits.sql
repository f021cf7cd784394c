-- What people decide about credits. A credit's money can go to several requests, in several steps, and
-- every step can be taken back by a compensating one; nothing that was recorded is changed.

-- One decision about a credit. `amount` is what it took out of suspense, or gave back to it.
create table credit_act (
    tenant_id blob not null references tenant (tenant_id),
    credit_act_id blob not null,
    bank_credit_id blob not null,
    version integer not null,
    kind text not null check (kind in ('allocated', 'not_a_payment', 'refund_out', 'duplicate_confirmed', 'released', 'undone')),
    amount integer not null check (amount >= 0),
    journal_entry_id blob,
    undoes_act_id blob,
    actor text not null,
    reason text not null,
    operation text not null,
    idempotency_key text,
    idempotency_digest blob,
    decided_at integer not null,
    primary key (tenant_id, credit_act_id),
    unique (tenant_id, bank_credit_id, version),
    unique (tenant_id, undoes_act_id),
    unique (tenant_id, operation, idempotency_key),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id),
    foreign key (tenant_id, undoes_act_id) references credit_act (tenant_id, credit_act_id)
) strict;

-- Where a credit stands that is or was in suspense: what of it is held there now, and why. Its version
-- counts what happened to it; each version has one event.
create table suspense_item (
    tenant_id blob not null references tenant (tenant_id),
    bank_credit_id blob not null,
    held integer not null check (held >= 0),
    reason text not null,
    since integer not null,
    version integer not null,
    primary key (tenant_id, bank_credit_id),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id)
) strict;
insert into suspense_item (tenant_id, bank_credit_id, held, reason, since, version)
select tenant_id, bank_credit_id, amount, coalesce(suspense_reason, 'no_reference'), received_at, 1
from bank_credit where outcome = 'suspense';

-- An allocation that takes another one back has the negative amount and names it. `collected` is what of
-- the amount went to the request's items; the rest is the payer's.
create table allocation_with_acts (
    tenant_id blob not null references tenant (tenant_id),
    allocation_id blob not null,
    bank_credit_id blob not null,
    payment_request_id blob not null,
    journal_entry_id blob not null,
    amount integer not null check (amount <> 0),
    rule text not null,
    allocated_at integer not null,
    collected integer not null,
    credit_act_id blob,
    reverses blob,
    primary key (tenant_id, allocation_id),
    unique (tenant_id, reverses),
    unique (tenant_id, credit_act_id, payment_request_id),
    check ((reverses is null) = (amount > 0)),
    foreign key (tenant_id, bank_credit_id) references bank_credit (tenant_id, bank_credit_id),
    foreign key (tenant_id, payment_request_id) references payment_request (tenant_id, payment_request_id),
    foreign key (tenant_id, journal_entry_id) references journal_entry (tenant_id, journal_entry_id),
    foreign key (tenant_id, credit_act_id) references credit_act (tenant_id, credit_act_id),
    foreign key (tenant_id, reverses) references allocation_with_acts (tenant_id, allocation_id)
) strict;
insert into allocation_with_acts
    (tenant_id, allocation_id, bank_credit_id, payment_request_id, journal_entry_id, amount, rule,
     allocated_at, collected, credit_act_id, reverses)
select allocation.tenant_id, allocation.allocation_id, allocation.bank_credit_id,
    allocation.payment_request_id, allocation.journal_entry_id, allocation.amount, allocation.rule,
    allocation.allocated_at,
    coalesce((
        select sum(posting.amount) from posting
        where posting.tenant_id = allocation.tenant_id
          and posting.journal_entry_id = allocation.journal_entry_id
          and posting.side = 'credit' and posting.account_code like 'collected:%'
    ), 0),
    null, null
from allocation;
drop table allocation;
alter table allocation_with_acts rename to allocation;

create index allocation_request on allocation (tenant_id, payment_request_id);
create index allocation_entry on allocation (tenant_id, journal_entry_id);
create index credit_act_entry on credit_act (tenant_id, journal_entry_id);
create index allocation_credit on allocation (tenant_id, bank_credit_id);
-- By itself a credit is given to a request once (invariant I8); anything more is somebody's act.
create unique index allocation_by_itself on allocation (tenant_id, bank_credit_id, payment_request_id) where credit_act_id is null;
create index suspense_item_held on suspense_item (tenant_id, bank_credit_id) where held > 0;

create trigger allocation_refuses_update before update on allocation
begin
    select raise(abort, 'allocation is append-only');
end;
create trigger allocation_refuses_delete before delete on allocation
begin
    select raise(abort, 'allocation is append-only');
end;
create trigger credit_act_refuses_update before update on credit_act
begin
    select raise(abort, 'credit_act is append-only');
end;
create trigger credit_act_refuses_delete before delete on credit_act
begin
    select raise(abort, 'credit_act is append-only');
end;
