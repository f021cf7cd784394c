-- Whether this database may be used. Without a row it may. A gateway does not start on one that is the
-- unfinished target of a copy, nor on one whose contents were moved elsewhere.
create table database_copy (
    copy_id uuid not null,
    role text collate "C" not null check (role in ('unfinished', 'whole', 'moved')),
    at bigint not null,
    primary key (copy_id)
);
