//! Closing days, months, quarters and years.
//!
//! Days are closed in their order, by raising one number in the tenant's head under its lock: nothing is
//! posted into a day while it is being closed, or afterwards. Longer periods are closed when everything
//! inside is. Each closing leaves a seal: the place and the hash of its record in the audit chain, which
//! can be printed or sent out and held against the books later.

use crate::event::{EventType, PeriodData, Subject};
use crate::fee::whole_schedule;
use crate::reconciliation::{Item, List, Status, covered_accounts, reconcile};
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use ledger::ChainHash;
use ledger::period::{Period, PeriodKind};
use payment::{BusinessDate, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a closing found and what was said to it. Kept with the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// What the bank's credits brought.
    pub received: i64,
    /// What of it went to requests or payers at once.
    pub allocated: i64,
    /// What of it went to suspense.
    pub suspense: i64,
    /// What the accountant said to each list that is not empty, by its name.
    pub explanations: BTreeMap<String, String>,
    /// What the bank's statements say about the day, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementFigures>,
}

/// What a statement said about a day when it was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFigures {
    /// The account.
    pub account_number: String,
    /// The balance before.
    pub opening: Option<i64>,
    /// What came in.
    pub credits: i64,
    /// What went out.
    pub debits: i64,
    /// The balance after.
    pub closing: Option<i64>,
}

/// A closed period.
#[derive(Clone, Debug)]
pub struct ClosedPeriod {
    /// Which.
    pub period: Period,
    /// The last journal entry before the closing.
    pub journal_sequence: i64,
    /// The closing's record in the audit chain.
    pub audit_sequence: i64,
    /// The hash of that record.
    pub audit_hash: ChainHash,
    /// What it found.
    pub figures: Figures,
    /// Who closed it.
    pub closed_by: String,
    /// When.
    pub closed_at: Timestamp,
}

impl ClosedPeriod {
    /// The seal as one line that a person can copy: tenant, period, place and hash.
    #[must_use]
    pub fn seal(&self, scope: &TenantScope) -> String {
        Seal {
            tenant: scope.id(),
            period: self.period,
            audit_sequence: self.audit_sequence,
            audit_hash: self.audit_hash,
        }
        .to_string()
    }
}

/// A seal that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    tenant: Uuid,
    period: Period,
    audit_sequence: i64,
    audit_hash: ChainHash,
}

const SEAL_MARK: &str = "THUNGAN-SEAL-1";

impl std::fmt::Display for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{SEAL_MARK} {} {} {} {}",
            self.tenant.simple(),
            self.period,
            self.audit_sequence,
            self.audit_hash
        )
    }
}

impl Seal {
    /// Reads a seal as it was written down.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let seal = match words.next()? {
            SEAL_MARK => Self {
                tenant: Uuid::try_parse(words.next()?).ok()?,
                period: Period::parse(words.next()?).ok()?,
                audit_sequence: words.next()?.parse().ok()?,
                audit_hash: ChainHash::from_bytes(&hex::decode(words.next()?).ok()?)?,
            },
            _ => return None,
        };
        words.next().is_none().then_some(seal)
    }
}

/// Why a period cannot be closed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Its last day is not over in Vietnam.
    NotOver,
    /// A day before has entries and is open.
    EarlierDayOpen(BusinessDate),
    /// Callbacks of these days wait to be settled.
    CallbacksWaiting(i64),
    /// Credits that nobody has claimed or decided about, and no explanation.
    Unexplained {
        /// The list: the reason why they wait.
        list: String,
        /// How many.
        credits: i64,
        /// How much.
        amount: i64,
    },
    /// The bank's statement of an account does not agree, and not everything is explained.
    NotReconciled {
        /// The account.
        account: String,
        /// Items that are neither decided nor explained.
        open: i64,
    },
    /// A shorter period inside has not been closed.
    InsideOpen(Period),
    /// Money of these days has not been shared.
    NotShared(BusinessDate),
}

/// What became of a closing.
#[derive(Clone, Debug)]
pub enum Closing {
    /// Closed now.
    Closed(ClosedPeriod),
    /// Closed before; it stays as it was.
    Already(ClosedPeriod),
    /// Not yet.
    Refused(Vec<Obstacle>),
}

#[derive(sqlx::FromRow)]
struct PeriodRow {
    kind: String,
    starts_on: i64,
    journal_sequence: i64,
    audit_sequence: i64,
    audit_hash: Vec<u8>,
    figures: String,
    closed_by: String,
    closed_at: i64,
}

impl TryFrom<PeriodRow> for ClosedPeriod {
    type Error = StoreError;

    fn try_from(row: PeriodRow) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "period",
            column,
        };
        let kind = PeriodKind::parse(&row.kind).ok_or_else(|| wrong("kind"))?;
        let starts_on = BusinessDate::from_number(row.starts_on).map_err(|_| wrong("starts_on"))?;
        Ok(Self {
            period: Period::containing(kind, starts_on),
            journal_sequence: row.journal_sequence,
            audit_sequence: row.audit_sequence,
            audit_hash: ChainHash::from_bytes(&row.audit_hash)
                .ok_or_else(|| wrong("audit_hash"))?,
            figures: serde_json::from_str(&row.figures).map_err(|_| wrong("figures"))?,
            closed_by: row.closed_by,
            closed_at: Timestamp::from_micros(row.closed_at),
        })
    }
}

async fn find(
    tx: &mut Tx,
    tenant: Uuid,
    period: Period,
) -> Result<Option<ClosedPeriod>, StoreError> {
    fetch_optional!(
        tx,
        PeriodRow,
        sql!("period/find"),
        tenant,
        period.kind().as_str(),
        period.starts_on().as_number()
    )?
    .map(ClosedPeriod::try_from)
    .transpose()
}

impl Store {
    /// A closed period.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn closed_period(
        &self,
        scope: &TenantScope,
        period: Period,
    ) -> Result<Option<ClosedPeriod>, StoreError> {
        find(&mut self.read().await?, scope.id(), period).await
    }

    /// Closed periods, the latest first, that began before `before`; of one kind when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn closed_periods(
        &self,
        scope: &TenantScope,
        kind: Option<PeriodKind>,
        before: Option<BusinessDate>,
        limit: i64,
    ) -> Result<Vec<ClosedPeriod>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            PeriodRow,
            sql!("period/list"),
            scope.id(),
            kind.map_or("", PeriodKind::as_str),
            before.map_or(i64::MAX, BusinessDate::as_number),
            limit
        )?
        .into_iter()
        .map(ClosedPeriod::try_from)
        .collect()
    }

    /// Whether a seal that was written down is that of a closed period: nothing before it was changed
    /// since by someone who could not also change the paper.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn seal_holds(&self, seal: &Seal) -> Result<bool, StoreError> {
        let mut tx = self.read().await?;
        let found = find(&mut tx, seal.tenant, seal.period).await?;
        Ok(found.is_some_and(|closed| {
            closed.audit_sequence == seal.audit_sequence && closed.audit_hash == seal.audit_hash
        }))
    }
}

/// A wish to close a period.
#[derive(Clone, Debug)]
pub struct ClosePeriod {
    /// Whose.
    pub scope: TenantScope,
    /// Which.
    pub period: Period,
    /// What the accountant says to each list that is not empty.
    pub explanations: BTreeMap<String, String>,
    /// Who closes.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

impl Writer {
    /// Closes a period when nothing stands against it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close_period(&self, wish: ClosePeriod) -> Result<Closing, StoreError> {
        self.submit(wish).await
    }
}

#[derive(Serialize)]
struct ClosedDetail<'a> {
    period: Period,
    journal_sequence: i64,
    figures: &'a Figures,
}

impl Job for ClosePeriod {
    type Output = Closing;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Closing, StoreError> {
        let tenant = self.scope.id();
        if let Some(closed) = find(batch.tx().await?, tenant, self.period).await? {
            return Ok(Closing::Already(closed));
        }
        let mut obstacles = match self.period.kind() {
            PeriodKind::Day => self.against_day(batch).await?,
            _ => self.against_longer(batch).await?,
        };
        let statements = match self.period.kind() {
            PeriodKind::Day => self.statements(batch, &mut obstacles).await?,
            _ => Vec::new(),
        };
        if !obstacles.is_empty() {
            return Ok(Closing::Refused(obstacles));
        }
        let (received, allocated, suspense) = fetch_one!(
            batch.tx().await?,
            (i64, i64, i64),
            sql!("period/day_money"),
            tenant,
            self.period.starts_on().as_number(),
            self.period.ends_on().as_number()
        )?;
        if received != allocated + suspense {
            // Each credit is posted by one of two rules, so only a damaged journal says this.
            return Err(StoreError::Inconsistent {
                table: "posting",
                column: "amount",
            });
        }
        let figures = Figures {
            received,
            allocated,
            suspense,
            explanations: self.explanations.clone(),
            statements,
        };
        let (journal_sequence, ..) = batch.stand(tenant)?;
        if self.period.kind() == PeriodKind::Day {
            batch.close_through(tenant, self.period.ends_on()).await?;
        }
        batch.audit(
            tenant,
            &self.actor,
            "period.closed",
            &self.period.to_string(),
            &ClosedDetail {
                period: self.period,
                journal_sequence,
                figures: &figures,
            },
            self.at,
        )?;
        let (_, audit_sequence, audit_hash) = batch.stand(tenant)?;
        let text = serde_json::to_string(&figures).map_err(|_| StoreError::Inconsistent {
            table: "period",
            column: "figures",
        })?;
        execute!(
            batch.tx().await?,
            sql!("period/insert"),
            tenant,
            self.period.kind().as_str(),
            self.period.starts_on().as_number(),
            self.period.ends_on().as_number(),
            journal_sequence,
            audit_sequence,
            audit_hash.as_bytes().as_slice(),
            text,
            &self.actor,
            self.at.micros()
        )?;
        let closed = ClosedPeriod {
            period: self.period,
            journal_sequence,
            audit_sequence,
            audit_hash,
            figures,
            closed_by: self.actor.clone(),
            closed_at: self.at,
        };
        batch.event(
            tenant,
            EventType::PeriodClosed,
            &Subject::period(self.period),
            &PeriodData {
                period: self.period,
                starts_on: self.period.starts_on(),
                ends_on: self.period.ends_on(),
                journal_sequence,
                seal: closed.seal(&self.scope),
            },
            self.at,
        )?;
        Ok(Closing::Closed(closed))
    }
}

impl ClosePeriod {
    async fn against_day(&self, batch: &mut Batch) -> Result<Vec<Obstacle>, StoreError> {
        let tenant = self.scope.id();
        let day = self.period.starts_on();
        let mut obstacles = Vec::new();
        if day >= self.at.business_date() {
            obstacles.push(Obstacle::NotOver);
        }
        let closed_through = batch.closed_through(tenant)?;
        let (earlier,) = fetch_one!(
            batch.tx().await?,
            (i64,),
            sql!("period/first_open_entry"),
            tenant,
            closed_through.map_or(0, BusinessDate::as_number),
            day.plus_days(-1).as_number()
        )?;
        if let Ok(earlier) = BusinessDate::from_number(earlier) {
            obstacles.push(Obstacle::EarlierDayOpen(earlier));
        }
        let (waiting,) = fetch_one!(
            batch.tx().await?,
            (i64,),
            sql!("period/waiting"),
            tenant,
            day.plus_days(1).starts_at().micros()
        )?;
        if waiting > 0 {
            obstacles.push(Obstacle::CallbacksWaiting(waiting));
        }
        let lists = fetch_all!(
            batch.tx().await?,
            (String, i64, i64),
            sql!("period/unexplained"),
            tenant,
            day.as_number(),
            day.as_number()
        )?;
        for (list, credits, amount) in lists {
            if !self.explanations.contains_key(&list) {
                obstacles.push(Obstacle::Unexplained {
                    list,
                    credits,
                    amount,
                });
            }
        }
        Ok(obstacles)
    }

    /// The day held against the statements that speak of it. A day without one is closed without.
    async fn statements(
        &self,
        batch: &mut Batch,
        obstacles: &mut Vec<Obstacle>,
    ) -> Result<Vec<StatementFigures>, StoreError> {
        let day = self.period.starts_on();
        let tx = batch.tx().await?;
        let mut figures = Vec::new();
        for account in covered_accounts(tx, &self.scope, day, day).await? {
            let found = reconcile(tx, &self.scope, &account, day).await?;
            // What was said to a whole reason is said to each credit that waits for it; not to one that
            // the bank does not have.
            let answered = |item: &Item| {
                let reason = item.suspense_reason.as_ref();
                item.list != List::SystemOnly
                    && reason.is_some_and(|reason| self.explanations.contains_key(reason))
            };
            if found.stands(answered) == Status::Open {
                let open = found.open().filter(|item| !answered(item)).count();
                obstacles.push(Obstacle::NotReconciled {
                    account: account.clone(),
                    open: i64::try_from(open).unwrap_or(i64::MAX),
                });
            }
            figures.push(StatementFigures {
                account_number: account,
                opening: found.bank.opening,
                credits: found.bank.credit_sum,
                debits: found.bank.debit_sum,
                closing: found.bank.closing,
            });
        }
        Ok(figures)
    }

    /// A month needs its days and its split, a quarter its months, a year its quarters.
    async fn against_longer(&self, batch: &mut Batch) -> Result<Vec<Obstacle>, StoreError> {
        let tenant = self.scope.id();
        let (first, last) = (self.period.starts_on(), self.period.ends_on());
        let mut obstacles = Vec::new();
        if batch.closed_through(tenant)?.is_none_or(|day| day < last) {
            let inside = Period::containing(PeriodKind::Day, last);
            obstacles.push(Obstacle::InsideOpen(inside));
        }
        let inside = match self.period.kind() {
            PeriodKind::Quarter => Some(PeriodKind::Month),
            PeriodKind::Year => Some(PeriodKind::Quarter),
            PeriodKind::Day | PeriodKind::Month => None,
        };
        let mut start = first;
        while let Some(kind) = inside
            && start <= last
        {
            let period = Period::containing(kind, start);
            if find(batch.tx().await?, tenant, period).await?.is_none() {
                obstacles.push(Obstacle::InsideOpen(period));
            }
            start = period.ends_on().plus_days(1);
        }
        if self.period.kind() == PeriodKind::Month
            && let Some(day) = self.unshared(batch).await?
        {
            obstacles.push(Obstacle::NotShared(day));
        }
        Ok(obstacles)
    }

    /// The first day of the month with money that no run has shared, when the tenant has a schedule.
    async fn unshared(&self, batch: &mut Batch) -> Result<Option<BusinessDate>, StoreError> {
        let tenant = self.scope.id();
        let schedule = whole_schedule(batch.tx().await?, tenant).await?;
        if schedule.items().next().is_none() {
            return Ok(None);
        }
        let shared_through = crate::split::shared_through(batch.tx().await?, tenant).await?;
        let (day,) = fetch_one!(
            batch.tx().await?,
            (i64,),
            sql!("split/unshared"),
            tenant,
            shared_through.map_or(0, BusinessDate::as_number),
            self.period.ends_on().plus_days(1).as_number()
        )?;
        Ok(BusinessDate::from_number(day).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_written_down_reads_back_and_nothing_else_does() {
        let seal = Seal {
            tenant: Uuid::from_u128(7),
            period: Period::parse("2026-11-22").unwrap(),
            audit_sequence: 12,
            audit_hash: ChainHash::GENESIS,
        };
        assert_eq!(Seal::parse(&seal.to_string()), Some(seal));
        for bad in [
            "",
            "THUNGAN-SEAL-1",
            &seal.to_string().replace("2026-11-22", "2026-11-32"),
            &format!("{seal} more"),
            seal.to_string().trim_end_matches("00"),
            &seal.to_string()[..seal.to_string().len() - 1],
        ] {
            assert_eq!(Seal::parse(bad), None, "{bad}");
        }
    }
}
