//! What closes a gap beside the missing money itself: time that passes, a statement, a person.

use super::watch::{self, Closing};
use super::{BalanceGap, Resolution, Row, chain_of};
use crate::writer::{Batch, Job, Writer};
use crate::{StoreError, TenantScope};
use payment::{BalanceGapId, BusinessDate, StatementImportId, Timestamp};
use serde_json::json;
use uuid::Uuid;

/// Looks again at the chains whose breaks have lasted long enough. Answers how many.
pub(crate) async fn check_due(
    batch: &mut Batch,
    now: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let due = fetch_all!(
        batch.lookup(),
        (Uuid, String),
        sql!("gap/due"),
        now.micros(),
        limit
    )?;
    batch
        .lock_tenants(due.iter().map(|(tenant, _)| *tenant))
        .await?;
    for (tenant, account) in &due {
        // Read under the lock: another process may have looked in the meantime.
        if let Some((chain, Some(check_at))) = chain_of(batch.lookup(), *tenant, account).await?
            && check_at <= now.micros()
        {
            watch::settle(batch, *tenant, account, chain, Resolution::Arrived, now).await?;
        }
    }
    Ok(due.len())
}

/// A statement was read to its end: the days that it covers without an error hold nothing unheard.
pub(crate) struct Cover {
    pub(crate) scope: TenantScope,
    pub(crate) import: StatementImportId,
}

#[derive(sqlx::FromRow)]
struct CoveredRow {
    account_number: String,
    starts_on: i64,
    ends_on: i64,
}

impl Job for Cover {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let tenant = self.scope.id();
        let now = batch.now();
        let covered = fetch_all!(
            batch.lookup(),
            CoveredRow,
            sql!("gap/covered"),
            tenant,
            self.import.uuid()
        )?;
        let wrong = |column| StoreError::Inconsistent {
            table: "statement_summary",
            column,
        };
        for row in covered {
            let from = BusinessDate::from_number(row.starts_on).map_err(|_| wrong("starts_on"))?;
            let to = BusinessDate::from_number(row.ends_on).map_err(|_| wrong("ends_on"))?;
            let account = row.account_number.as_str();
            if let Some((mut chain, _)) = chain_of(batch.lookup(), tenant, account).await? {
                let before = chain.clone();
                chain.cover(from, to);
                if chain != before {
                    watch::settle(batch, tenant, account, chain, Resolution::Statement, now)
                        .await?;
                }
            }
            let unwatched = fetch_all!(
                batch.lookup(),
                Row,
                sql!("gap/unwatched_between"),
                tenant,
                account,
                from.starts_at().micros(),
                to.plus_days(1).starts_at().micros()
            )?;
            for row in unwatched {
                let closing = Closing::by(Resolution::Statement);
                watch::close(batch, tenant, BalanceGap::try_from(row)?, closing, now).await?;
            }
        }
        Ok(())
    }
}

/// What became of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// The gap is closed.
    Closed(BalanceGap),
    /// It was closed before.
    AlreadyClosed,
    /// There is no such gap.
    Missing,
}

struct Explain {
    scope: TenantScope,
    id: BalanceGapId,
    actor: String,
    reason: String,
    at: Timestamp,
}

impl Job for Explain {
    type Output = Explained;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Explained, StoreError> {
        let tenant = self.scope.id();
        let row = fetch_optional!(
            batch.lookup(),
            Row,
            sql!("gap/by_id"),
            tenant,
            self.id.uuid()
        )?;
        let Some(row) = row else {
            return Ok(Explained::Missing);
        };
        let gap = BalanceGap::try_from(row)?;
        if gap.closed_at.is_some() {
            return Ok(Explained::AlreadyClosed);
        }
        let account = gap.account_number.clone();
        let between = gap.between;
        let closing = Closing::explained(&self.actor, &self.reason);
        let gap = watch::close(batch, tenant, gap, closing, self.at).await?;
        if let Some((mut chain, _)) = chain_of(batch.lookup(), tenant, &account).await? {
            chain.accept(&between);
            watch::settle(batch, tenant, &account, chain, Resolution::Arrived, self.at).await?;
        }
        batch.audit(
            tenant,
            &self.actor,
            "balance_gap.explained",
            &self.id.to_string(),
            &json!({"account_number": account, "missing": between.missing(), "reason": self.reason}),
            self.at,
        )?;
        Ok(Explained::Closed(gap))
    }
}

impl Writer {
    /// Closes a gap with the words of a person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn explain_gap(
        &self,
        scope: TenantScope,
        id: BalanceGapId,
        actor: String,
        reason: String,
        at: Timestamp,
    ) -> Result<Explained, StoreError> {
        self.submit(Explain {
            scope,
            id,
            actor,
            reason,
            at,
        })
        .await
    }
}
