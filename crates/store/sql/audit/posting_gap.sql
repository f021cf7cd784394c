select walked.tenant_id, cast(null as uuid) as key_id, account_code as key_text, sequence as key_number, before + 1 as expected, sequence as found
from (
    select tenant_id, account_code, sequence,
        lag(sequence, 1, cast(0 as bigint))
            over (partition by tenant_id, account_code order by sequence) as before
    from posting
) as walked
where before + 1 <> sequence
limit $1
