//! Looking at imports, their lines and their errors.

use crate::{Store, StoreError, TenantScope, Tx};
use payment::{
    BankCreditId, BusinessDate, CreditOutcome, Direction, StatementImportId, SuspenseReason,
    Timestamp,
};
use reconciler::statement::RowRule;
use uuid::Uuid;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStatus {
    /// Its lines are being stored.
    Reading,
    /// Its credits are being held against the books.
    Posting,
    /// Every line has its place.
    Done,
}

impl ImportStatus {
    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Posting => "posting",
            Self::Done => "done",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Reading, Self::Posting, Self::Done]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// An imported file and how far its import is.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: StatementImportId,
    /// SHA-256 of the file.
    pub file_digest: Vec<u8>,
    /// What it was called.
    pub file_name: String,
    /// The account that was told, or empty.
    pub account_hint: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// How it is written.
    pub format: String,
    /// Which layout or version.
    pub layout: String,
    /// How its text is encoded.
    pub encoding: String,
    /// Its kind: the source of the credits that it brought.
    pub feed: String,
    /// Movements in it.
    pub lines: i64,
    /// Rows in it that cannot be read.
    pub errors: i64,
    /// Entries that are announced and not booked.
    pub unbooked: i64,
    /// Who brought it.
    pub actor: String,
    /// When.
    pub created_at: Timestamp,
    /// How far it is.
    pub status: ImportStatus,
    /// Movements read so far.
    pub read: i64,
    /// Movements that it brought first.
    pub stored: i64,
    /// Movements that another file brought before.
    pub duplicates: i64,
    /// Credits that were in the books already, through another channel.
    pub reported: i64,
    /// Credits that were booked from it.
    pub posted: i64,
    /// Of these: credits that may be in the books already, and wait for a person.
    pub held: i64,
    /// Credits that the books could not take; they are in quarantine.
    pub failed: i64,
    /// When it went on last.
    pub updated_at: Timestamp,
    /// What each account's statement adds up to; only where one import is asked for.
    pub summaries: Vec<Summary>,
}

/// One account's statement in a file.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The account.
    pub account_number: String,
    /// The first and last day that it covers.
    pub days: Option<(BusinessDate, BusinessDate)>,
    /// The balance before.
    pub opening: Option<i64>,
    /// The balance after.
    pub closing: Option<i64>,
    /// Movements in.
    pub credits: i64,
    /// Their sum.
    pub credit_sum: Option<i64>,
    /// Movements out.
    pub debits: i64,
    /// Their sum.
    pub debit_sum: Option<i64>,
    /// Rows of it that cannot be read.
    pub errors: i64,
    /// Places where the running balance does not go on.
    pub breaks: i64,
}

impl Summary {
    /// Closing − (opening + credits − debits); none when the file does not say enough.
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        let expected = self
            .opening?
            .checked_add(self.credit_sum?)?
            .checked_sub(self.debit_sum?)?;
        self.closing?.checked_sub(expected)
    }

    /// Whether the file proves that it has every movement of its days.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.difference() == Some(0) && self.errors == 0 && self.breaks == 0
    }
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// Money out: kept, never booked.
    Debit,
    /// Not yet decided.
    Waiting,
    /// It is this credit, which another channel reported.
    Reported(BankCreditId),
    /// It was booked, with this outcome and reason.
    Booked(BankCreditId, CreditOutcome, Option<SuspenseReason>),
}

/// A line of an import.
#[derive(Clone, Debug)]
pub struct ImportLine {
    /// Which movement of the file, from 1.
    pub ordinal: i64,
    /// The row of the file.
    pub number: i64,
    /// The account.
    pub account_number: String,
    /// In or out.
    pub direction: Direction,
    /// At least 1 đồng.
    pub amount: i64,
    /// When it was booked; the beginning of the day when the file has no time.
    pub booked_at: Timestamp,
    /// The day on which it was booked.
    pub business_date: BusinessDate,
    /// The day from which the money counts.
    pub value_date: Option<BusinessDate>,
    /// The balance afterwards.
    pub balance_after: Option<i64>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The memo.
    pub memo: String,
    /// Who paid or was paid.
    pub counterparty_name: Option<String>,
    /// The other account.
    pub counterparty_account: Option<String>,
    /// What became of it.
    pub outcome: LineOutcome,
}

/// A row that could not be read.
#[derive(Clone, Debug)]
pub struct ImportError {
    /// Which error of the file, from 1.
    pub ordinal: i64,
    /// The row of the file.
    pub number: i64,
    /// What it breaks.
    pub rule: RowRule,
    /// The column.
    pub field: String,
    /// What stands there.
    pub found: String,
}

#[derive(sqlx::FromRow)]
struct ImportRow {
    statement_import_id: Uuid,
    file_digest: Vec<u8>,
    account_hint: String,
    file_name: String,
    bytes: i64,
    format: String,
    layout: String,
    encoding: String,
    feed: String,
    lines: i64,
    errors: i64,
    unbooked: i64,
    actor: String,
    created_at: i64,
    status: String,
    read_to: i64,
    stored: i64,
    duplicates: i64,
    reported: i64,
    posted: i64,
    held: i64,
    failed: i64,
    updated_at: i64,
}

impl TryFrom<ImportRow> for Import {
    type Error = StoreError;

    fn try_from(row: ImportRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: StatementImportId::from_uuid(row.statement_import_id),
            file_digest: row.file_digest,
            file_name: row.file_name,
            account_hint: row.account_hint,
            bytes: row.bytes,
            format: row.format,
            layout: row.layout,
            encoding: row.encoding,
            feed: row.feed,
            lines: row.lines,
            errors: row.errors,
            unbooked: row.unbooked,
            actor: row.actor,
            created_at: Timestamp::from_micros(row.created_at),
            status: ImportStatus::parse(&row.status).ok_or(StoreError::Inconsistent {
                table: "statement_job",
                column: "status",
            })?,
            read: row.read_to,
            stored: row.stored,
            duplicates: row.duplicates,
            reported: row.reported,
            posted: row.posted,
            held: row.held,
            failed: row.failed,
            updated_at: Timestamp::from_micros(row.updated_at),
            summaries: Vec::new(),
        })
    }
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
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

fn day(table: &'static str, column: &'static str, number: i64) -> Result<BusinessDate, StoreError> {
    BusinessDate::from_number(number).map_err(|_| StoreError::Inconsistent { table, column })
}

impl TryFrom<SummaryRow> for Summary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        let table = "statement_summary";
        let days = match (row.starts_on, row.ends_on) {
            (Some(first), Some(last)) => Some((
                day(table, "starts_on", first)?,
                day(table, "ends_on", last)?,
            )),
            _ => None,
        };
        Ok(Self {
            account_number: row.account_number,
            days,
            opening: row.opening,
            closing: row.closing,
            credits: row.credits,
            credit_sum: row.credit_sum,
            debits: row.debits,
            debit_sum: row.debit_sum,
            errors: row.errors,
            breaks: row.breaks,
        })
    }
}

#[derive(sqlx::FromRow)]
struct LineRow {
    ordinal: i64,
    number: i64,
    account_number: String,
    direction: String,
    amount: i64,
    booked_at: i64,
    business_date: i64,
    value_date: Option<i64>,
    balance_after: Option<i64>,
    bank_reference: Option<String>,
    memo: String,
    counterparty_name: Option<String>,
    counterparty_account: Option<String>,
    made: Option<Uuid>,
    made_outcome: Option<String>,
    made_reason: Option<String>,
    reported: Option<Uuid>,
}

impl TryFrom<LineRow> for ImportLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let table = "statement_line";
        let wrong = |column| StoreError::Inconsistent { table, column };
        let direction = match row.direction.as_str() {
            "credit" => Direction::Credit,
            "debit" => Direction::Debit,
            _ => return Err(wrong("direction")),
        };
        let outcome = match (direction, row.made, row.reported) {
            (Direction::Debit, ..) => LineOutcome::Debit,
            (_, Some(made), _) => LineOutcome::Booked(
                BankCreditId::from_uuid(made),
                row.made_outcome
                    .as_deref()
                    .and_then(CreditOutcome::parse)
                    .ok_or_else(|| wrong("outcome"))?,
                row.made_reason.as_deref().and_then(SuspenseReason::parse),
            ),
            (_, None, Some(credit)) => LineOutcome::Reported(BankCreditId::from_uuid(credit)),
            (_, None, None) => LineOutcome::Waiting,
        };
        Ok(Self {
            ordinal: row.ordinal,
            number: row.number,
            account_number: row.account_number,
            direction,
            amount: row.amount,
            booked_at: Timestamp::from_micros(row.booked_at),
            business_date: day(table, "business_date", row.business_date)?,
            value_date: row
                .value_date
                .map(|number| day(table, "value_date", number))
                .transpose()?,
            balance_after: row.balance_after,
            bank_reference: row.bank_reference,
            memo: row.memo,
            counterparty_name: row.counterparty_name,
            counterparty_account: row.counterparty_account,
            outcome,
        })
    }
}

/// How far an import is, for its next step.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct JobRow {
    pub(super) status: String,
    pub(super) read_to: i64,
    pub(super) reported: i64,
    pub(super) posted: i64,
    pub(super) failed: i64,
}

pub(super) async fn job(tx: &mut Tx, tenant: Uuid, import: Uuid) -> Result<JobRow, StoreError> {
    fetch_one!(tx, JobRow, sql!("statement/job"), tenant, import)
}

impl Store {
    /// Imports, the newest first, before `before` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn statement_imports(
        &self,
        scope: &TenantScope,
        before: Option<StatementImportId>,
        limit: i64,
    ) -> Result<Vec<Import>, StoreError> {
        let before = before.map_or(Uuid::max(), StatementImportId::uuid);
        self.imports(scope, before, Uuid::nil(), limit).await
    }

    /// An import with what its statements add up to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn statement_import(
        &self,
        scope: &TenantScope,
        id: StatementImportId,
    ) -> Result<Option<Import>, StoreError> {
        if id.uuid().is_nil() {
            // The nil id stands for "any" in the statement, and for no import.
            return Ok(None);
        }
        let mut found = self.imports(scope, Uuid::max(), id.uuid(), 1).await?;
        let Some(mut import) = found.pop() else {
            return Ok(None);
        };
        let mut tx = self.read().await?;
        import.summaries = fetch_all!(
            &mut tx,
            SummaryRow,
            sql!("statement/summaries"),
            scope.id(),
            id.uuid()
        )?
        .into_iter()
        .map(Summary::try_from)
        .collect::<Result<_, _>>()?;
        Ok(Some(import))
    }

    async fn imports(
        &self,
        scope: &TenantScope,
        before: Uuid,
        only: Uuid,
        limit: i64,
    ) -> Result<Vec<Import>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            ImportRow,
            sql!("statement/imports"),
            scope.id(),
            before,
            only,
            Uuid::nil(),
            limit
        )?
        .into_iter()
        .map(Import::try_from)
        .collect()
    }

    /// Lines of an import in the order of the file, after `after`; only those that it brought first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn statement_lines(
        &self,
        scope: &TenantScope,
        id: StatementImportId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ImportLine>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            LineRow,
            sql!("statement/lines"),
            scope.id(),
            id.uuid(),
            after,
            limit
        )?
        .into_iter()
        .map(ImportLine::try_from)
        .collect()
    }

    /// Rows of an import that could not be read, in the order of the file, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn statement_errors(
        &self,
        scope: &TenantScope,
        id: StatementImportId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ImportError>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            (i64, i64, String, String, String),
            sql!("statement/errors"),
            scope.id(),
            id.uuid(),
            after,
            limit
        )?
        .into_iter()
        .map(|(ordinal, number, rule, field, found)| {
            Ok(ImportError {
                ordinal,
                number,
                rule: RowRule::parse(&rule).ok_or(StoreError::Inconsistent {
                    table: "statement_error",
                    column: "rule",
                })?,
                field,
                found,
            })
        })
        .collect()
    }
}
