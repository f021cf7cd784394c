//! Sharing a period's money: once per period, per item, on the sum of closed days.

use crate::fee::whole_schedule;
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use ledger::fee::{FeeKind, Schedule};
use ledger::period::{Period, PeriodKind};
use ledger::remit::Calendar;
use ledger::rules::period_split;
use ledger::split::{Recipient, Segment, SharePart, SplitError, Taken, split_item};
use money::Vnd;
use payment::request::ItemCode;
use payment::{BusinessDate, JournalEntryId, SplitRunId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct SplitRun {
    /// Its id.
    pub id: SplitRunId,
    /// Whose money it shared.
    pub period: Period,
    /// Whether the office kept its share.
    pub autonomous: bool,
    /// Who ran it.
    pub actor: String,
    /// When.
    pub posted_at: Timestamp,
}

/// What one recipient got of one item's segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SplitShare {
    /// The item.
    pub item: ItemCode,
    /// Counts the item's segments from 1.
    pub segment: i64,
    /// The first day with money.
    pub from: BusinessDate,
    /// The last day with money.
    pub to: BusinessDate,
    /// The version of the item whose split was applied.
    pub version: i64,
    /// The segment's sum.
    pub collected: i64,
    /// Who.
    pub recipient: Recipient,
    /// What the step took; parts that are passed on are still in it.
    pub taken: i64,
    /// What the recipient gets.
    pub amount: i64,
    /// By when it must be passed on.
    pub due_on: Option<BusinessDate>,
    /// The entry that posted it; none in a dry run.
    pub journal_entry_id: Option<JournalEntryId>,
}

/// Why money cannot be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitRefusal {
    /// Only days and months are shared.
    Kind,
    /// A day of the period is open: money could still come.
    DayOpen(BusinessDate),
    /// A later period was shared before.
    LaterRun(Period),
    /// Money of an earlier day has not been shared.
    EarlierUnshared(BusinessDate),
    /// The steps of an item cannot be applied.
    Terms {
        /// Which item.
        item: ItemCode,
        /// What is wrong.
        detail: String,
    },
}

/// What became of a run.
#[derive(Clone, Debug)]
pub enum Splitting {
    /// Posted now.
    Done(SplitRun, Vec<SplitShare>),
    /// Posted before, for the same period.
    Already(SplitRun, Vec<SplitShare>),
    /// Not posted.
    Refused(SplitRefusal),
}

#[derive(sqlx::FromRow)]
struct RunRow {
    split_run_id: Uuid,
    period: String,
    ends_on: i64,
    autonomous: bool,
    actor: String,
    posted_at: i64,
}

const fn wrong(table: &'static str, column: &'static str) -> StoreError {
    StoreError::Inconsistent { table, column }
}

impl TryFrom<RunRow> for SplitRun {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SplitRunId::from_uuid(row.split_run_id),
            period: Period::parse(&row.period).map_err(|_| wrong("split_run", "period"))?,
            autonomous: row.autonomous,
            actor: row.actor,
            posted_at: Timestamp::from_micros(row.posted_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct ShareRow {
    item_code: String,
    segment: i64,
    recipient: String,
    starts_on: i64,
    ends_on: i64,
    fee_version: i64,
    collected: i64,
    taken: i64,
    amount: i64,
    due_on: Option<i64>,
    journal_entry_id: Uuid,
}

impl TryFrom<ShareRow> for SplitShare {
    type Error = StoreError;

    fn try_from(row: ShareRow) -> Result<Self, StoreError> {
        let day = |number, column| {
            BusinessDate::from_number(number).map_err(|_| wrong("split_share", column))
        };
        Ok(Self {
            item: ItemCode::parse(&row.item_code).map_err(|_| wrong("split_share", "item_code"))?,
            segment: row.segment,
            from: day(row.starts_on, "starts_on")?,
            to: day(row.ends_on, "ends_on")?,
            version: row.fee_version,
            collected: row.collected,
            recipient: Recipient::parse(&row.recipient),
            taken: row.taken,
            amount: row.amount,
            due_on: row.due_on.map(|number| day(number, "due_on")).transpose()?,
            journal_entry_id: Some(JournalEntryId::from_uuid(row.journal_entry_id)),
        })
    }
}

/// The last day whose money was shared.
pub(crate) async fn shared_through(
    tx: &mut Tx,
    tenant: Uuid,
) -> Result<Option<BusinessDate>, StoreError> {
    let last = fetch_optional!(tx, RunRow, sql!("split/last_run"), tenant)?;
    last.map(|run| {
        BusinessDate::from_number(run.ends_on).map_err(|_| wrong("split_run", "ends_on"))
    })
    .transpose()
}

async fn shares(tx: &mut Tx, tenant: Uuid, run: SplitRunId) -> Result<Vec<SplitShare>, StoreError> {
    fetch_all!(tx, ShareRow, sql!("split/shares"), tenant, run.uuid())?
        .into_iter()
        .map(SplitShare::try_from)
        .collect()
}

/// What of an item is shared, segment by segment.
struct ItemSplit {
    item: ItemCode,
    segments: Vec<Segment>,
    due_on: Option<BusinessDate>,
}

/// How the money of a period would be shared, from what is stored.
async fn plan(
    tx: &mut Tx,
    tenant: Uuid,
    period: Period,
    autonomous: bool,
    calendar: &Calendar,
) -> Result<Result<Vec<ItemSplit>, SplitRefusal>, StoreError> {
    let schedule = whole_schedule(tx, tenant).await?;
    let rows = fetch_all!(
        tx,
        (String, i64, i64),
        sql!("split/collected"),
        tenant,
        period.starts_on().as_number(),
        period.ends_on().as_number()
    )?;
    let mut items: Vec<(ItemCode, Vec<(BusinessDate, Vnd)>)> = Vec::new();
    for (account, day, amount) in rows {
        let code = account.strip_prefix("collected:").unwrap_or_default();
        let item = ItemCode::parse(code).map_err(|_| wrong("posting", "account_code"))?;
        let day =
            BusinessDate::from_number(day).map_err(|_| wrong("journal_entry", "business_date"))?;
        let entry = (day, Vnd::new(amount)?);
        match items.last_mut() {
            Some((last, days)) if *last == item => days.push(entry),
            _ => items.push((item, vec![entry])),
        }
    }
    let mut splits = Vec::new();
    for (item, days) in items {
        if !is_shared(&schedule, &item, period.ends_on()) {
            continue;
        }
        let taken = taken(tx, tenant, &item, period).await?;
        match split_item(&schedule, &item, &days, autonomous, &taken) {
            Ok(segments) => splits.push(ItemSplit {
                due_on: due_on(&schedule, &item, period, calendar),
                item,
                segments,
            }),
            Err(SplitError::Amount(error)) => return Err(error.into()),
            Err(error) => {
                return Ok(Err(SplitRefusal::Terms {
                    item,
                    detail: error.to_string(),
                }));
            }
        }
    }
    Ok(Ok(splits))
}

/// Money for an item that the schedule does not know, or that is collected for somebody else, stays where
/// it is.
fn is_shared(schedule: &Schedule, item: &ItemCode, day: BusinessDate) -> bool {
    let first = || schedule.versions(item).first();
    let version = schedule.in_force(item, day).or_else(first);
    version.is_some_and(|version| version.terms.kind != FeeKind::ThuHo)
}

fn due_on(
    schedule: &Schedule,
    item: &ItemCode,
    period: Period,
    calendar: &Calendar,
) -> Option<BusinessDate> {
    let version = schedule.in_force(item, period.ends_on())?;
    version.terms.remit.deadline(period.ends_on(), calendar)
}

/// What each recipient took of the item since 1 January.
async fn taken(
    tx: &mut Tx,
    tenant: Uuid,
    item: &ItemCode,
    period: Period,
) -> Result<Taken, StoreError> {
    let new_year = Period::containing(PeriodKind::Year, period.starts_on()).starts_on();
    let rows = fetch_all!(
        tx,
        (String, i64),
        sql!("split/taken"),
        tenant,
        item.as_str(),
        new_year.as_number(),
        period.starts_on().plus_days(-1).as_number()
    )?;
    let mut taken = Taken::default();
    for (recipient, amount) in rows {
        taken.add(&Recipient::parse(&recipient), Vnd::new(amount)?)?;
    }
    Ok(taken)
}

fn share(split: &ItemSplit, number: i64, segment: &Segment, part: &SharePart) -> SplitShare {
    SplitShare {
        item: split.item.clone(),
        segment: number,
        from: segment.from,
        to: segment.to,
        version: i64::from(segment.version),
        collected: segment.amount.get(),
        recipient: part.recipient.clone(),
        taken: part.taken.get(),
        amount: part.amount.get(),
        due_on: split
            .due_on
            .filter(|_| part.recipient != Recipient::Retained),
        journal_entry_id: None,
    }
}

impl Store {
    /// How the money of a period would be shared now. Nothing is posted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn preview_split(
        &self,
        scope: &TenantScope,
        period: Period,
        calendar: &Calendar,
    ) -> Result<Result<Vec<SplitShare>, SplitRefusal>, StoreError> {
        let mut tx = self.read().await?;
        let autonomous = crate::tenant::profile(&mut tx, scope.id())
            .await?
            .autonomous;
        let planned = plan(&mut tx, scope.id(), period, autonomous, calendar).await?;
        Ok(planned.map(|splits| {
            let mut found = Vec::new();
            for split in &splits {
                for (number, segment) in (1i64..).zip(&split.segments) {
                    let parts = segment.parts.iter();
                    found.extend(parts.map(|part| share(split, number, segment, part)));
                }
            }
            found
        }))
    }

    /// Runs, the latest period first, that began before `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn split_runs(
        &self,
        scope: &TenantScope,
        before: Option<BusinessDate>,
        limit: i64,
    ) -> Result<Vec<SplitRun>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(i64::MAX, BusinessDate::as_number);
        fetch_all!(
            &mut tx,
            RunRow,
            sql!("split/runs"),
            scope.id(),
            before,
            limit
        )?
        .into_iter()
        .map(SplitRun::try_from)
        .collect()
    }

    /// One run with its shares.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn split_run(
        &self,
        scope: &TenantScope,
        id: SplitRunId,
    ) -> Result<Option<(SplitRun, Vec<SplitShare>)>, StoreError> {
        let mut tx = self.read().await?;
        let run = fetch_optional!(
            &mut tx,
            RunRow,
            sql!("split/find_run"),
            scope.id(),
            id.uuid()
        )?;
        match run {
            Some(run) => {
                let shares = shares(&mut tx, scope.id(), id).await?;
                Ok(Some((run.try_into()?, shares)))
            }
            None => Ok(None),
        }
    }
}

/// A wish to share a period's money.
#[derive(Clone, Debug)]
pub struct RunSplit {
    /// Whose.
    pub scope: TenantScope,
    /// Its id; the same on a second try.
    pub id: SplitRunId,
    /// A day or a month, all its days closed.
    pub period: Period,
    /// The working days, for deadlines.
    pub calendar: Calendar,
    /// Who runs it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize)]
struct RunDetail<'a> {
    period: Period,
    autonomous: bool,
    shares: &'a [SplitShare],
}

impl Writer {
    /// Shares a period's money: one balanced entry per item and segment, one transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_split(&self, wish: RunSplit) -> Result<Splitting, StoreError> {
        self.submit(wish).await
    }
}

impl Job for RunSplit {
    type Output = Splitting;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Splitting, StoreError> {
        let tenant = self.scope.id();
        if let Some(refusal) = match self.refusal(batch).await? {
            Ok(None) => None,
            Ok(Some((run, shares))) => return Ok(Splitting::Already(run, shares)),
            Err(refusal) => Some(refusal),
        } {
            return Ok(Splitting::Refused(refusal));
        }
        let profile = crate::tenant::profile(batch.tx().await?, tenant).await?;
        let planned = plan(
            batch.tx().await?,
            tenant,
            self.period,
            profile.autonomous,
            &self.calendar,
        )
        .await?;
        let splits = match planned {
            Ok(splits) => splits,
            Err(refusal) => return Ok(Splitting::Refused(refusal)),
        };
        execute!(
            batch.tx().await?,
            sql!("split/insert_run"),
            tenant,
            self.id.uuid(),
            self.period.to_string(),
            self.period.starts_on().as_number(),
            self.period.ends_on().as_number(),
            profile.autonomous,
            &self.actor,
            self.at.micros()
        )?;
        let mut posted = Vec::new();
        for split in &splits {
            for (number, segment) in (1i64..).zip(&split.segments) {
                posted.extend(self.post(batch, split, number, segment).await?);
            }
        }
        let run = SplitRun {
            id: self.id,
            period: self.period,
            autonomous: profile.autonomous,
            actor: self.actor.clone(),
            posted_at: self.at,
        };
        batch.audit(
            tenant,
            &self.actor,
            "split.posted",
            &self.id.to_string(),
            &RunDetail {
                period: self.period,
                autonomous: profile.autonomous,
                shares: &posted,
            },
            self.at,
        )?;
        Ok(Splitting::Done(run, posted))
    }
}

impl RunSplit {
    /// What stands against it, or the run of the same period from before.
    #[allow(clippy::type_complexity, reason = "three outcomes, used once")]
    async fn refusal(
        &self,
        batch: &mut Batch,
    ) -> Result<Result<Option<(SplitRun, Vec<SplitShare>)>, SplitRefusal>, StoreError> {
        let tenant = self.scope.id();
        if !matches!(self.period.kind(), PeriodKind::Day | PeriodKind::Month) {
            return Ok(Err(SplitRefusal::Kind));
        }
        let last = fetch_optional!(batch.tx().await?, RunRow, sql!("split/last_run"), tenant)?;
        let last = last.map(SplitRun::try_from).transpose()?;
        if let Some(run) = last.as_ref().filter(|run| run.period == self.period) {
            let shares = shares(batch.tx().await?, tenant, run.id).await?;
            return Ok(Ok(Some((run.clone(), shares))));
        }
        let (first, end) = (self.period.starts_on(), self.period.ends_on());
        if let Some(run) = last.as_ref().filter(|run| run.period.ends_on() >= first) {
            return Ok(Err(SplitRefusal::LaterRun(run.period)));
        }
        let closed = batch.closed_through(tenant)?;
        if closed.is_none_or(|closed| closed < end) {
            let open = closed.map_or(first, |closed| closed.plus_days(1).max(first));
            return Ok(Err(SplitRefusal::DayOpen(open)));
        }
        let (unshared,) = fetch_one!(
            batch.tx().await?,
            (i64,),
            sql!("split/unshared"),
            tenant,
            last.map_or(0, |run| run.period.ends_on().as_number()),
            first.as_number()
        )?;
        if let Ok(day) = BusinessDate::from_number(unshared) {
            return Ok(Err(SplitRefusal::EarlierUnshared(day)));
        }
        Ok(Ok(None))
    }

    /// Posts one segment and stores its shares.
    async fn post(
        &self,
        batch: &mut Batch,
        split: &ItemSplit,
        number: i64,
        segment: &Segment,
    ) -> Result<Vec<SplitShare>, StoreError> {
        let tenant = self.scope.id();
        let Some(entry) = period_split::entry(&split.item, &segment.parts)? else {
            return Ok(Vec::new());
        };
        // The period is closed, so the entry stands on the next open day and names the period's end.
        let entry = batch.post(tenant, &entry, None, self.period.ends_on(), self.at)?;
        let mut posted = Vec::with_capacity(segment.parts.len());
        for part in &segment.parts {
            let share = SplitShare {
                journal_entry_id: Some(entry.id),
                ..share(split, number, segment, part)
            };
            execute!(
                batch.tx().await?,
                sql!("split/insert_share"),
                tenant,
                self.id.uuid(),
                share.item.as_str(),
                share.segment,
                share.recipient.as_str(),
                share.from.as_number(),
                share.to.as_number(),
                share.version,
                share.collected,
                share.taken,
                share.amount,
                share.due_on.map(BusinessDate::as_number),
                entry.id.uuid()
            )?;
            posted.push(share);
        }
        Ok(posted)
    }
}
