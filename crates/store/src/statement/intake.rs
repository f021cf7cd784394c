//! Taking a file: its bytes, what was read in it, and its place in the queue.

use super::{Preview, Told};
use crate::writer::{Batch, Job};
use crate::{StoreError, TenantScope, Writer};
use payment::{BusinessDate, StatementImportId, Timestamp};
use reconciler::statement::{Encoding, RowError, Statement};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of one stored part of a file.
const PART_BYTES: usize = 256 * 1024;

/// A file to be imported, read before.
#[derive(Clone, Debug)]
pub struct TakeStatement {
    /// Whose.
    pub scope: TenantScope,
    /// Its id, when the bytes are new.
    pub id: StatementImportId,
    /// The bytes.
    pub file: Arc<Vec<u8>>,
    /// What was said about it.
    pub told: Told,
    /// What was read in it.
    pub preview: Arc<Preview>,
    /// What it is called where it comes from; for people.
    pub file_name: String,
    /// Who brings it.
    pub actor: String,
    /// When it came: nothing in it can have been booked later.
    pub at: Timestamp,
}

/// What became of a [`TakeStatement`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Kept now; [`super::run`] does the rest.
    New(StatementImportId),
    /// The same bytes came before.
    Again(StatementImportId),
}

impl Taken {
    /// The import.
    #[must_use]
    pub const fn id(self) -> StatementImportId {
        match self {
            Self::New(id) | Self::Again(id) => id,
        }
    }
}

impl Writer {
    /// Keeps a file and queues its import. When this returns, its bytes survive a crash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_statement(&self, file: TakeStatement) -> Result<Taken, StoreError> {
        self.submit(file).await
    }
}

bulk_rows! {
    /// A row of the file that cannot be read.
    #[derive(PartialEq, Eq, sqlx::FromRow)]
    ErrorRow, "bulk/insert_statement_errors" {
        tenant_id: Uuid,
        statement_import_id: Uuid,
        ordinal: i64,
        number: i64,
        rule: String,
        field: String,
        found: String,
    }
}

bulk_rows! {
    /// One account's statement.
    #[derive(PartialEq, Eq, sqlx::FromRow)]
    SummaryRow, "bulk/insert_statement_summaries" {
        tenant_id: Uuid,
        statement_import_id: Uuid,
        position: i64,
        account_number: String,
        starts_on: Option<i64>,
        ends_on: Option<i64>,
        opening: Option<i64>,
        closing: Option<i64>,
        credits: i64,
        credit_sum: Option<i64>,
        debits: i64,
        debit_sum: Option<i64>,
        errors: i64,
        breaks: i64,
    }
}

#[derive(Serialize)]
struct TakenDetail<'a> {
    file_digest: String,
    file_name: &'a str,
    feed: &'a str,
    lines: u64,
    errors: u64,
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Job for TakeStatement {
    type Output = Taken;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Taken, StoreError> {
        let (tenant, id) = (self.scope.id(), self.id.uuid());
        let account = self.told.account.as_deref().unwrap_or_default();
        let encoding = self.told.encoding.map_or("", Encoding::as_str);
        let Preview {
            digest,
            summary,
            feed,
            ..
        } = &*self.preview;
        let tx = batch.tx().await?;
        let before = fetch_optional!(
            &mut *tx,
            (Uuid,),
            sql!("statement/find_by_digest"),
            tenant,
            digest.as_slice(),
            account,
            encoding
        )?;
        if let Some((before,)) = before {
            let before = StatementImportId::from_uuid(before);
            // A second try after a commit of unknown outcome finds its own.
            return Ok(if before == self.id {
                Taken::New(before)
            } else {
                Taken::Again(before)
            });
        }
        execute!(
            &mut *tx,
            sql!("statement/insert"),
            tenant,
            id,
            digest.as_slice(),
            account,
            encoding,
            &self.file_name,
            i64::try_from(self.file.len()).unwrap_or(i64::MAX),
            summary.format.as_str(),
            summary.layout,
            summary.encoding.as_str(),
            feed.as_str(),
            count(summary.lines),
            count(summary.errors),
            count(summary.pending),
            &self.actor,
            self.at.micros()
        )?;
        for (part, bytes) in (0i64..).zip(self.file.chunks(PART_BYTES)) {
            execute!(
                &mut *tx,
                sql!("statement/insert_part"),
                tenant,
                id,
                part,
                bytes
            )?;
        }
        let statements = (0i64..).zip(&self.preview.statements);
        let summaries = statements.map(|(place, it)| SummaryRow::new(tenant, id, place, it));
        SummaryRow::write(tx, summaries.collect()).await?;
        let errors = (1i64..).zip(&self.preview.errors);
        let errors = errors.map(|(place, it)| ErrorRow::new(tenant, id, place, it));
        ErrorRow::write(tx, errors.collect()).await?;
        execute!(
            &mut *tx,
            sql!("statement/insert_job"),
            tenant,
            id,
            self.at.micros()
        )?;
        batch.audit(
            tenant,
            &self.actor,
            "statement.taken",
            &self.id.to_string(),
            &TakenDetail {
                file_digest: hex::encode(digest),
                file_name: &self.file_name,
                feed: feed.as_str(),
                lines: summary.lines,
                errors: summary.errors,
            },
            self.at,
        )?;
        Ok(Taken::New(self.id))
    }
}

impl SummaryRow {
    /// The statement at this place of a file, from 0.
    pub(super) fn new(tenant: Uuid, import: Uuid, position: i64, statement: &Statement) -> Self {
        let days = statement.days();
        Self {
            tenant_id: tenant,
            statement_import_id: import,
            position,
            account_number: statement.account_number.clone(),
            starts_on: days.map(|(first, _)| BusinessDate::as_number(first)),
            ends_on: days.map(|(_, last)| BusinessDate::as_number(last)),
            opening: statement.opening.map(money::Vnd::get),
            closing: statement.closing.map(money::Vnd::get),
            credits: count(statement.credits.count),
            credit_sum: statement.credits.sum.map(money::Vnd::get),
            debits: count(statement.debits.count),
            debit_sum: statement.debits.sum.map(money::Vnd::get),
            errors: count(statement.errors),
            breaks: count(statement.breaks),
        }
    }
}

impl ErrorRow {
    /// The error at this place of a file, from 1.
    pub(super) fn new(tenant: Uuid, import: Uuid, ordinal: i64, error: &RowError) -> Self {
        Self {
            tenant_id: tenant,
            statement_import_id: import,
            ordinal,
            number: count(error.number),
            rule: error.rule.code().to_owned(),
            field: error.field.to_owned(),
            found: error.found.clone(),
        }
    }
}
