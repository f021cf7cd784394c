-- What an API key may do, from where, who made it, and when it was last used.

-- Names of permissions separated by spaces; `*` is every permission, which is what keys could do before.
alter table api_key add column scopes text not null default '*';
-- Networks such as `203.0.113.0/24`, separated by spaces; null means any address.
alter table api_key add column allowed_networks text;
alter table api_key add column created_by text not null default 'operator';
-- Written at most once a minute.
alter table api_key add column last_used_at bigint;
