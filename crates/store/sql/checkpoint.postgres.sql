-- PostgreSQL moves its log by itself.
select cast(0 as bigint), cast(0 as bigint), cast(0 as bigint)
