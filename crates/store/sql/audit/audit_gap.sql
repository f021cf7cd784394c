select walked.tenant_id, cast(null as uuid) as key_id, cast(null as text) as key_text, sequence as key_number, before + 1 as expected, sequence as found
from (
    select tenant_id, sequence,
        lag(sequence, 1, cast(0 as bigint)) over (partition by tenant_id order by sequence) as before
    from audit_record
) as walked
where before + 1 <> sequence
limit $1
