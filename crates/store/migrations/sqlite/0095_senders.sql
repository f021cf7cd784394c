-- What a source is set to beside its secrets, and what came to it without proof.

-- The account under which money is booked when the sender names none; how far a signed time may be from
-- ours; the networks that may call, with blanks between them, empty for any.
alter table callback_source add column account text;
alter table callback_source add column tolerance_seconds integer;
alter table callback_source add column allowed_networks text not null default '';

-- The account that the source's settings gave when the callback came.
alter table callback add column account text;

-- The first place that the messages of a callback take when it is read once more after a quarantine.
alter table callback_pending add column first_ordinal integer not null default 0;

-- Callbacks that did not prove who sent them: no part of the books, kept for a while so that they can be
-- judged again when a key was wrong on our side. The headers hold the proof and are sealed. What is
-- accepted later becomes a callback under the same id.
create table refused_callback (
    tenant_id blob not null references tenant (tenant_id),
    callback_id blob not null,
    source text not null,
    dialect text not null,
    account text,
    received_at integer not null,
    reason text not null,
    sealed_headers blob not null,
    body blob not null,
    body_digest blob not null,
    accepted_at integer,
    primary key (tenant_id, callback_id),
    unique (tenant_id, source, body_digest)
) strict;
create index callback_message_quarantined on callback_message (tenant_id, callback_id)
    where outcome = 'quarantined';
