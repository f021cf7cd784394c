-- What a source is set to beside its secrets, and what came to it without proof.

-- The account under which money is booked when the sender names none; how far a signed time may be from
-- ours; the networks that may call, with blanks between them, empty for any.
alter table callback_source add column account text collate "C";
alter table callback_source add column tolerance_seconds bigint;
alter table callback_source add column allowed_networks text collate "C" not null default '';

-- The account that the source's settings gave when the callback came.
alter table callback add column account text collate "C";

-- The first place that the messages of a callback take when it is read once more after a quarantine.
alter table callback_pending add column first_ordinal bigint not null default 0;

-- Callbacks that did not prove who sent them: no part of the books, kept for a while so that they can be
-- judged again when a key was wrong on our side. The headers hold the proof and are sealed. What is
-- accepted later becomes a callback under the same id.
create table refused_callback (
    tenant_id uuid not null references tenant (tenant_id),
    callback_id uuid not null,
    source text collate "C" not null,
    dialect text collate "C" not null,
    account text collate "C",
    received_at bigint not null,
    reason text collate "C" not null,
    sealed_headers bytea not null,
    body bytea not null,
    body_digest bytea not null,
    accepted_at bigint,
    primary key (tenant_id, callback_id),
    unique (tenant_id, source, body_digest)
);
create index callback_message_quarantined on callback_message (tenant_id, callback_id)
    where outcome = 'quarantined';
