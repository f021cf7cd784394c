-- Whether this database may be used. Without a row it may. A gateway does not start on one that is the
-- unfinished target of a copy, nor on one whose contents were moved elsewhere.
create table database_copy (
    copy_id blob not null,
    role text not null check (role in ('unfinished', 'whole', 'moved')),
    at integer not null,
    primary key (copy_id)
) strict;
