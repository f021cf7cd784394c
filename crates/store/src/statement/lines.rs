//! Storing what was read in a file, a part at a time.

use crate::writer::{Batch, Job};
use crate::{StoreError, TenantScope};
use money::Vnd;
use payment::{BusinessDate, StatementImportId, Timestamp};
use reconciler::statement::{LineId, StatementLine};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

bulk_rows! {
    /// A movement as it stands in the file.
    #[derive(sqlx::FromRow)]
    LineRow, "bulk/insert_statement_lines" {
        tenant_id: Uuid,
        feed: String,
        line_id: String,
        statement_import_id: Uuid,
        ordinal: i64,
        number: i64,
        account_number: String,
        virtual_account: Option<String>,
        direction: String,
        amount: i64,
        booked_at: i64,
        business_date: i64,
        value_date: Option<i64>,
        balance_after: Option<i64>,
        bank_reference: Option<String>,
        memo: String,
        memo_full: Option<String>,
        counterparty_name: Option<String>,
        counterparty_account: Option<String>,
    }
}

bulk_rows! {
    /// A line that is looked up.
    LineKey, "bulk/known_lines" { tenant_id: Uuid, feed: String, line_id: String }
}

impl LineRow {
    /// Everything in it, as one number. To be compared within one process: it is never stored.
    pub(crate) fn digest(&self) -> [u8; 32] {
        // Every column is named and every text quoted, so no two rows are written alike.
        Sha256::digest(format!("{self:?}")).into()
    }

    pub(super) fn new(
        tenant: Uuid,
        import: Uuid,
        feed: &str,
        ordinal: i64,
        id: LineId,
        line: StatementLine,
    ) -> Self {
        Self {
            tenant_id: tenant,
            feed: feed.to_owned(),
            line_id: id.to_string(),
            statement_import_id: import,
            ordinal,
            number: i64::try_from(line.number).unwrap_or(i64::MAX),
            account_number: line.account_number,
            virtual_account: line.virtual_account,
            direction: line.direction.as_str().to_owned(),
            amount: line.amount.get(),
            booked_at: line.booked.at.micros(),
            business_date: line.booked.day().as_number(),
            value_date: line.value_date.map(BusinessDate::as_number),
            balance_after: line.balance_after.map(Vnd::get),
            bank_reference: line.bank_reference,
            memo: line.memo,
            memo_full: line.memo_full,
            counterparty_name: line.counterparty_name,
            counterparty_account: line.counterparty_account,
        }
    }
}

/// How far an import is; the members that a step adds to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Advance {
    pub(super) read: i64,
    pub(super) stored: i64,
    pub(super) duplicates: i64,
    pub(super) reported: i64,
    pub(super) posted: i64,
    pub(super) held: i64,
    pub(super) failed: i64,
}

pub(super) async fn advance(
    batch: &mut Batch,
    scope: &TenantScope,
    import: StatementImportId,
    status: &str,
    by: Advance,
    at: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        batch.tx().await?,
        sql!("statement/advance"),
        scope.id(),
        import.uuid(),
        status,
        by.read,
        by.stored,
        by.duplicates,
        by.reported,
        by.posted,
        by.held,
        by.failed,
        at.micros(),
        at.plus_seconds(super::LEASE_SECONDS).micros()
    )?;
    Ok(())
}

/// The next lines of a file. The place up to which it was read moves in the same transaction, so that a
/// step that is repeated after a crash is not counted twice.
pub(super) struct StoreLines {
    pub(super) scope: TenantScope,
    pub(super) import: StatementImportId,
    pub(super) rows: Arc<Vec<LineRow>>,
}

impl Job for StoreLines {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let at = batch.now();
        let tx = batch.tx().await?;
        let job = super::read::job(tx, self.scope.id(), self.import.uuid()).await?;
        let new: Vec<LineRow> = self
            .rows
            .iter()
            .filter(|row| row.ordinal > job.read_to)
            .cloned()
            .collect();
        let read = i64::try_from(new.len()).unwrap_or(i64::MAX);
        let stored = i64::try_from(LineRow::write(tx, new).await?).unwrap_or(i64::MAX);
        let by = Advance {
            read,
            stored,
            duplicates: read.saturating_sub(stored),
            ..Advance::default()
        };
        advance(batch, &self.scope, self.import, "reading", by, at).await
    }
}

/// A step from one status to the next.
pub(super) struct Enter {
    pub(super) scope: TenantScope,
    pub(super) import: StatementImportId,
    pub(super) status: &'static str,
}

impl Job for Enter {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let at = batch.now();
        let by = Advance::default();
        advance(batch, &self.scope, self.import, self.status, by, at).await
    }
}
