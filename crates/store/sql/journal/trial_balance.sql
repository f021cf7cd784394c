select account_code, account_type, sequence as postings,
    case when balance > 0 then balance else 0 end as debit,
    case when balance < 0 then -balance else 0 end as credit
from account
where tenant_id = $1
order by account_code
