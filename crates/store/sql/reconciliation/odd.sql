-- Credits of the day about which there is something to say: booked from the statement and told by nobody
-- else, told through several channels, waiting for a person, once held as a possible duplicate, or on no
-- line of the feed ($4).
select seen.bank_credit_id, seen.line_id, seen.made, seen.channels, credit.source, credit.amount,
    credit.booked_at, credit.bank_reference, credit.memo, credit.suspense_reason, credit.match_detail,
    cast(coalesce(item.held, 0) as bigint) as held, item.reason as item_reason, act.kind as act_kind,
    act.actor as act_actor, act.reason as act_reason, act.decided_at as act_decided_at
from (
    select placed.bank_credit_id, placed.line_id, placed.made, cast((
        select count(distinct callback.source || ' ' || message.provider_event_id)
        from callback_message as message
        join callback
          on callback.tenant_id = message.tenant_id and callback.callback_id = message.callback_id
        where message.tenant_id = $1 and message.bank_credit_id = placed.bank_credit_id
          and message.outcome in ('settled', 'suspense', 'duplicate')
          and not (callback.source >= 'statement:' and callback.source < 'statement;')
    ) as bigint) as channels
    from (
        select report.bank_credit_id, line.line_id, cast(0 as bigint) as made
        from statement_line as line
        join credit_report as report
          on report.tenant_id = line.tenant_id and report.source = line.feed
         and report.provider_event_id = line.line_id
        where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3
          and line.feed = $4 and line.direction = 'credit'
        union all
        select made.bank_credit_id, line.line_id, cast(1 as bigint) as made
        from statement_line as line
        join bank_credit as made
          on made.tenant_id = line.tenant_id and made.source = line.feed
         and made.provider_event_id = line.line_id
        where line.tenant_id = $1 and line.account_number = $2 and line.business_date = $3
          and line.feed = $4 and line.direction = 'credit'
        union all
        select credit.bank_credit_id, cast(null as text) as line_id, cast(0 as bigint) as made
        from bank_credit as credit
        where credit.tenant_id = $1 and credit.account_number = $2 and credit.business_date = $3
          and credit.source <> $4
          and not exists (
            select 1 from credit_report as report
            where report.tenant_id = credit.tenant_id
              and report.bank_credit_id = credit.bank_credit_id and report.source = $4
          )
    ) as placed
) as seen
join bank_credit as credit
  on credit.tenant_id = $1 and credit.bank_credit_id = seen.bank_credit_id
left join suspense_item as item
  on item.tenant_id = credit.tenant_id and item.bank_credit_id = credit.bank_credit_id
left join credit_act as act
  on act.tenant_id = item.tenant_id and act.bank_credit_id = item.bank_credit_id
 and act.version = item.version
where seen.line_id is null or (seen.made = 1 and seen.channels = 0) or seen.channels > 1
   or item.held > 0 or credit.suspense_reason = 'possible_duplicate'
order by credit.booked_at, seen.bank_credit_id
limit $5
