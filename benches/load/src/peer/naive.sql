create table event (id text primary key, body text not null);
create table request (
    id bigint primary key,
    reference text not null unique,
    amount bigint not null,
    status text not null
);
create table payment (id bigint primary key, request bigint not null, amount bigint not null);
create table account (code text primary key, balance bigint not null);
create table posting (
    payment bigint not null,
    position bigint not null,
    account text not null,
    amount bigint not null,
    primary key (payment, position)
);
create table outbox (id bigint primary key, body text not null);
