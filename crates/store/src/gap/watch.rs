//! Following the balances while a batch is settled.

use super::{BalanceGap, Resolution, Row, chain_of, write_chain};
use crate::StoreError;
use crate::event::{EventType, Subject};
use crate::writer::Batch;
use money::Vnd;
use payment::{BalanceGapId, CallbackId, Direction, Timestamp};
use reconciler::callback::Notice;
use reconciler::continuity::{Break, Chain, Change, Movement, Step, changes};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How a movement came to be known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    /// A feed reported it.
    Heard,
    /// It stands on a statement, and no feed reported it.
    Listed,
    /// It may have been reported before: it counts where its balance fits an open end.
    Perhaps,
}

/// The movements of a batch, by account, in the order in which they were decided.
#[derive(Default)]
pub(crate) struct Watch(BTreeMap<(Uuid, String), Vec<(Movement, How)>>);

/// What a batch says of a notice.
pub(crate) struct Seen<'a> {
    pub(crate) tenant: Uuid,
    pub(crate) source: &'a str,
    pub(crate) callback: CallbackId,
    pub(crate) received_at: i64,
    pub(crate) notice: &'a Notice,
    /// Whether it is a line of a statement.
    pub(crate) is_listed: bool,
}

impl Watch {
    fn add(&mut self, seen: &Seen<'_>, how: How) {
        let notice = seen.notice;
        let signed = match notice.direction {
            Direction::Credit => Some(notice.amount),
            Direction::Debit => Vnd::ZERO.checked_sub(notice.amount).ok(),
        };
        let Some(signed) = signed else { return };
        let key = (seen.tenant, notice.account_number.clone());
        self.0.entry(key).or_default().push((
            Movement {
                signed,
                balance_after: notice.balance_after,
                booked_at: notice.booked_at,
                seen_at: Timestamp::from_micros(seen.received_at),
            },
            how,
        ));
    }

    /// A credit that is new in the books.
    pub(crate) fn credit(&mut self, seen: &Seen<'_>, may_be_repeated: bool) {
        let how = match (may_be_repeated, seen.is_listed) {
            (true, _) => How::Perhaps,
            (false, true) => How::Listed,
            (false, false) => How::Heard,
        };
        self.add(seen, how);
    }

    /// Money that went out: kept once, and no part of the books.
    pub(crate) async fn debit(
        &mut self,
        batch: &mut Batch,
        seen: &Seen<'_>,
    ) -> Result<(), StoreError> {
        let notice = seen.notice;
        let tx = batch.lookup();
        let (twins,) = fetch_one!(
            tx,
            (i64,),
            sql!("gap/debit_twins"),
            seen.tenant,
            &notice.account_number,
            notice.amount.get(),
            notice.booked_at.plus_seconds(-120).micros(),
            notice.booked_at.plus_seconds(120).micros(),
            seen.source
        )?;
        let kept = execute!(
            tx,
            sql!("gap/insert_debit"),
            seen.tenant,
            seen.source,
            &notice.provider_event_id,
            seen.callback.uuid(),
            notice.amount.get(),
            &notice.account_number,
            &notice.memo,
            &notice.bank_reference,
            &notice.counterparty_name,
            &notice.counterparty_account,
            notice.booked_at.micros(),
            notice.balance_after.map(Vnd::get),
            seen.received_at
        )?;
        if kept > 0 {
            self.add(seen, if twins > 0 { How::Perhaps } else { How::Heard });
        }
        Ok(())
    }

    /// Brings the chains and the records of gaps up to what was seen.
    pub(crate) async fn finish(self, batch: &mut Batch, now: Timestamp) -> Result<(), StoreError> {
        for ((tenant, account), movements) in self.0 {
            let stored = chain_of(batch.lookup(), tenant, &account).await?;
            let mut chain = stored.map(|(chain, _)| chain).unwrap_or_default();
            let before = chain.clone();
            for (movement, how) in &movements {
                match how {
                    How::Heard => chain.observe(movement),
                    How::Listed => chain.fill(movement),
                    How::Perhaps if fits(&chain, movement) => chain.observe(movement),
                    How::Perhaps => {}
                }
            }
            if chain != before {
                settle(batch, tenant, &account, chain, Resolution::Arrived, now).await?;
            }
        }
        Ok(())
    }
}

/// Whether the movement leads on from an open end, or up to one.
fn fits(chain: &Chain, movement: &Movement) -> bool {
    let step = movement
        .balance_after
        .and_then(|after| Step::to(after, movement.signed));
    step.is_some_and(|step| {
        chain.heads.iter().any(|end| end.balance == step.from)
            || chain.tails.iter().any(|end| end.balance == step.to)
    })
}

/// The `data` of an event about a gap.
#[derive(Serialize)]
struct GapData<'a> {
    balance_gap_id: BalanceGapId,
    account_number: &'a str,
    /// The sum of what was not heard; negative when more went out than came in.
    missing: Option<Vnd>,
    currency: &'static str,
    balance_before: Vnd,
    balance_after: Vnd,
    from: Timestamp,
    to: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<Resolution>,
}

fn tell(
    batch: &mut Batch,
    tenant: Uuid,
    event: EventType,
    gap: &BalanceGap,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Break { from, to } = gap.between;
    batch.event(
        tenant,
        event,
        &Subject::balance_gap(gap.id, gap.version),
        &GapData {
            balance_gap_id: gap.id,
            account_number: &gap.account_number,
            missing: gap.between.missing(),
            currency: "VND",
            balance_before: from.balance,
            balance_after: to.balance,
            from: from.booked_at.min(to.booked_at),
            to: from.booked_at.max(to.booked_at),
            resolution: gap.resolution,
        },
        now,
    )
}

/// Compares the records of an account with its chain, and stores both.
pub(super) async fn settle(
    batch: &mut Batch,
    tenant: Uuid,
    account: &str,
    mut chain: Chain,
    resolution: Resolution,
    now: Timestamp,
) -> Result<(), StoreError> {
    let patience = batch.gap_patience_seconds();
    let open: Vec<BalanceGap> = fetch_all!(
        batch.lookup(),
        Row,
        sql!("gap/open_of_account"),
        tenant,
        account
    )?
    .into_iter()
    .map(BalanceGap::try_from)
    .collect::<Result<_, _>>()?;
    let records: Vec<(usize, Break)> = open
        .iter()
        .enumerate()
        .map(|(at, gap)| (at, gap.between))
        .collect();
    let known = |at: usize| open.get(at).cloned();
    for change in changes(&records, &chain.breaks(), now, patience) {
        match change {
            Change::Open(between) => {
                insert(batch, tenant, account, between, now).await?;
            }
            Change::Narrow(at, between) => {
                if let Some(gap) = known(at) {
                    narrow(batch, tenant, gap, between, now).await?;
                }
            }
            Change::Close(at) => {
                if let Some(gap) = known(at) {
                    close(batch, tenant, gap, Closing::by(resolution), now).await?;
                }
            }
        }
    }
    for forgotten in chain.forget_excess() {
        unwatch(batch, tenant, account, forgotten, now).await?;
    }
    let due = chain
        .breaks()
        .iter()
        .map(|found| found.seen_at().plus_seconds(patience))
        .filter(|due| *due > now)
        .min();
    execute!(
        batch.lookup(),
        sql!("gap/upsert_chain"),
        tenant,
        account,
        write_chain(&chain)?,
        due.map(Timestamp::micros)
    )?;
    Ok(())
}

async fn insert(
    batch: &mut Batch,
    tenant: Uuid,
    account: &str,
    between: Break,
    now: Timestamp,
) -> Result<BalanceGap, StoreError> {
    let gap = BalanceGap {
        id: BalanceGapId::from_uuid(batch.new_id()),
        account_number: account.to_owned(),
        between,
        version: 1,
        opened_at: now,
        closed_at: None,
        resolution: None,
        actor: None,
        explanation: None,
    };
    let Break { from, to } = between;
    execute!(
        batch.lookup(),
        sql!("gap/insert"),
        tenant,
        gap.id.uuid(),
        account,
        from.balance.get(),
        from.booked_at.micros(),
        from.seen_at.micros(),
        to.balance.get(),
        to.booked_at.micros(),
        to.seen_at.micros(),
        now.micros()
    )?;
    tell(batch, tenant, EventType::BalanceGapOpened, &gap, now)?;
    Ok(gap)
}

async fn narrow(
    batch: &mut Batch,
    tenant: Uuid,
    mut gap: BalanceGap,
    between: Break,
    now: Timestamp,
) -> Result<(), StoreError> {
    gap.between = between;
    gap.version += 1;
    let Break { from, to } = between;
    execute!(
        batch.lookup(),
        sql!("gap/narrow"),
        tenant,
        gap.id.uuid(),
        from.balance.get(),
        from.booked_at.micros(),
        from.seen_at.micros(),
        to.balance.get(),
        to.booked_at.micros(),
        to.seen_at.micros(),
        gap.version
    )?;
    tell(batch, tenant, EventType::BalanceGapNarrowed, &gap, now)
}

/// Why a gap is closed.
pub(super) struct Closing<'a> {
    resolution: Resolution,
    said: Option<(&'a str, &'a str)>,
}

impl<'a> Closing<'a> {
    pub(super) const fn by(resolution: Resolution) -> Self {
        Self {
            resolution,
            said: None,
        }
    }

    /// Somebody says what it was.
    pub(super) const fn explained(actor: &'a str, explanation: &'a str) -> Self {
        Self {
            resolution: Resolution::Explained,
            said: Some((actor, explanation)),
        }
    }
}

pub(super) async fn close(
    batch: &mut Batch,
    tenant: Uuid,
    mut gap: BalanceGap,
    closing: Closing<'_>,
    now: Timestamp,
) -> Result<BalanceGap, StoreError> {
    gap.version += 1;
    gap.closed_at = Some(now);
    gap.resolution = Some(closing.resolution);
    gap.actor = closing.said.map(|(actor, _)| actor.to_owned());
    gap.explanation = closing.said.map(|(_, why)| why.to_owned());
    execute!(
        batch.lookup(),
        sql!("gap/close"),
        tenant,
        gap.id.uuid(),
        gap.version,
        now.micros(),
        closing.resolution.as_str(),
        &gap.actor,
        &gap.explanation
    )?;
    tell(batch, tenant, EventType::BalanceGapClosed, &gap, now)?;
    Ok(gap)
}

/// A break that is no longer followed leaves its record behind, for a statement or a person.
async fn unwatch(
    batch: &mut Batch,
    tenant: Uuid,
    account: &str,
    forgotten: Break,
    now: Timestamp,
) -> Result<(), StoreError> {
    let marked = execute!(
        batch.lookup(),
        sql!("gap/unwatch"),
        tenant,
        account,
        forgotten.from.balance.get(),
        forgotten.to.balance.get(),
        now.micros()
    )?;
    if marked == 0 {
        // It had not lasted long enough to have a record.
        let gap = insert(batch, tenant, account, forgotten, now).await?;
        execute!(
            batch.lookup(),
            sql!("gap/unwatch"),
            tenant,
            account,
            gap.between.from.balance.get(),
            gap.between.to.balance.get(),
            now.micros()
        )?;
    }
    Ok(())
}
