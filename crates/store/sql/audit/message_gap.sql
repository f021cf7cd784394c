select walked.tenant_id, callback_id as key_id, cast(null as text) as key_text, ordinal as key_number, before + 1 as expected, ordinal as found
from (
    select tenant_id, callback_id, ordinal,
        lag(ordinal, 1, cast(-1 as bigint))
            over (partition by tenant_id, callback_id order by ordinal) as before
    from callback_message
) as walked
where before + 1 <> ordinal
limit $1
