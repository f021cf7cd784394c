select walked.tenant_id, cast(null as uuid) as key_id, account_code as key_text, sequence as key_number, before + change as expected, balance_after as found
from (
    select tenant_id, account_code, sequence, balance_after, case when side = 'debit' then amount else -amount end as change,
        lag(balance_after, 1, cast(0 as bigint))
            over (partition by tenant_id, account_code order by sequence) as before
    from posting
) as walked
where before + change <> balance_after
limit $1
