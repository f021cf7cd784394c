//! Bank statements: how they are shown, and the task that imports them in the background.

use crate::app::{self, App};
use money::Vnd;
use payment::{
    BankCreditId, BusinessDate, Direction, StatementImportId, SuspenseReason, Timestamp,
};
use reconciler::statement::{RowError, RowRule, Statement, StatementLine, TotalsCheck};
use serde::Serialize;
use std::time::Duration;
use store::StoreError;
use store::statement::{
    Import, ImportError, ImportLine, ImportStatus, LineOutcome, Preview, Progress, Summary, run,
    take_due,
};

/// How often it is looked whether an import waits that nobody announced: one that a crash left, or that
/// another process took.
const TICK: Duration = Duration::from_secs(2);
/// Rows with an error that a preview shows.
pub(crate) const ERRORS_SHOWN: usize = 100;

/// Imports what waits, one file after the other, until the gateway stops.
pub async fn work(app: App) {
    let environment = app::environment(app.gap_patience_seconds);
    while !app.shutdown.is_cancelled() {
        let found = match take_due(&app.store, app.now()).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(error = ?error, "waiting statement imports cannot be looked up");
                None
            }
        };
        let Some((scope, id)) = found else {
            tokio::select! {
                () = app.shutdown.cancelled() => return,
                () = app.imports.notified() => {}
                () = tokio::time::sleep(TICK) => {}
            }
            continue;
        };
        let silent = |_: Progress| {};
        let done = run(&app.store, &app.writer, &environment, &scope, id, &silent);
        // Cut off at any step: what is written is whole, and the next start goes on from there.
        let done = tokio::select! {
            () = app.shutdown.cancelled() => return,
            done = done => done,
        };
        match done {
            Ok(()) => tracing::info!(import = %id, "a statement was imported"),
            Err(StoreError::Stopped) => return,
            Err(error) => {
                tracing::error!(import = %id, error = ?error,
                    "a statement import broke off; it is tried again when its lease ends");
            }
        }
    }
}

/// What one account's statement adds up to.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryView {
    account_number: String,
    starts_on: Option<BusinessDate>,
    ends_on: Option<BusinessDate>,
    opening: Option<i64>,
    closing: Option<i64>,
    credits: i64,
    credit_sum: Option<i64>,
    debits: i64,
    debit_sum: Option<i64>,
    errors: i64,
    breaks: i64,
    difference: Option<i64>,
    complete: bool,
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<&Statement> for SummaryView {
    fn from(statement: &Statement) -> Self {
        let days = statement.days();
        Self {
            account_number: statement.account_number.clone(),
            starts_on: days.map(|(first, _)| first),
            ends_on: days.map(|(_, last)| last),
            opening: statement.opening.map(Vnd::get),
            closing: statement.closing.map(Vnd::get),
            credits: count(statement.credits.count),
            credit_sum: statement.credits.sum.map(Vnd::get),
            debits: count(statement.debits.count),
            debit_sum: statement.debits.sum.map(Vnd::get),
            errors: count(statement.errors),
            breaks: count(statement.breaks),
            difference: match statement.check() {
                TotalsCheck::Holds => Some(0),
                TotalsCheck::Differs(by) => Some(by.get()),
                TotalsCheck::Unknown => None,
            },
            complete: statement.is_complete(),
        }
    }
}

impl From<&Summary> for SummaryView {
    fn from(summary: &Summary) -> Self {
        Self {
            account_number: summary.account_number.clone(),
            starts_on: summary.days.map(|(first, _)| first),
            ends_on: summary.days.map(|(_, last)| last),
            opening: summary.opening,
            closing: summary.closing,
            credits: summary.credits,
            credit_sum: summary.credit_sum,
            debits: summary.debits,
            debit_sum: summary.debit_sum,
            errors: summary.errors,
            breaks: summary.breaks,
            difference: summary.difference(),
            complete: summary.is_complete(),
        }
    }
}

/// A row that cannot be read, with what is wrong in both languages.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorView<'a> {
    pub(crate) number: i64,
    pub(crate) rule: &'static str,
    pub(crate) field: &'a str,
    pub(crate) found: &'a str,
    pub(crate) detail: &'static str,
    pub(crate) detail_en: &'static str,
}

impl<'a> ErrorView<'a> {
    fn new(number: i64, rule: RowRule, field: &'a str, found: &'a str) -> Self {
        Self {
            number,
            rule: rule.code(),
            field,
            found,
            detail: rule.vietnamese(),
            detail_en: rule.english(),
        }
    }
}

impl<'a> From<&'a RowError> for ErrorView<'a> {
    fn from(error: &'a RowError) -> Self {
        Self::new(count(error.number), error.rule, error.field, &error.found)
    }
}

impl<'a> From<&'a ImportError> for ErrorView<'a> {
    fn from(error: &'a ImportError) -> Self {
        Self::new(error.number, error.rule, &error.field, &error.found)
    }
}

/// A movement as it stands in the file.
#[derive(Debug, Serialize)]
pub(crate) struct MovementView<'a> {
    number: i64,
    account_number: &'a str,
    direction: Direction,
    amount: i64,
    booked_at: Timestamp,
    business_date: BusinessDate,
    value_date: Option<BusinessDate>,
    balance_after: Option<i64>,
    bank_reference: Option<&'a str>,
    memo: &'a str,
    counterparty_name: Option<&'a str>,
    counterparty_account: Option<&'a str>,
}

impl<'a> From<&'a StatementLine> for MovementView<'a> {
    fn from(line: &'a StatementLine) -> Self {
        Self {
            number: count(line.number),
            account_number: &line.account_number,
            direction: line.direction,
            amount: line.amount.get(),
            booked_at: line.booked.at,
            business_date: line.booked.day(),
            value_date: line.value_date,
            balance_after: line.balance_after.map(Vnd::get),
            bank_reference: line.bank_reference.as_deref(),
            memo: &line.memo,
            counterparty_name: line.counterparty_name.as_deref(),
            counterparty_account: line.counterparty_account.as_deref(),
        }
    }
}

/// A stored movement and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct LineView<'a> {
    #[serde(flatten)]
    movement: MovementView<'a>,
    outcome: &'static str,
    suspense_reason: Option<SuspenseReason>,
    payment_id: Option<BankCreditId>,
}

impl<'a> From<&'a ImportLine> for LineView<'a> {
    fn from(line: &'a ImportLine) -> Self {
        let (outcome, payment_id, suspense_reason) = match line.outcome {
            LineOutcome::Debit => ("debit", None, None),
            LineOutcome::Waiting => ("waiting", None, None),
            LineOutcome::Reported(credit) => ("reported", Some(credit), None),
            LineOutcome::Booked(credit, outcome, reason) => {
                (outcome.as_str(), Some(credit), reason)
            }
        };
        Self {
            movement: MovementView {
                number: line.number,
                account_number: &line.account_number,
                direction: line.direction,
                amount: line.amount,
                booked_at: line.booked_at,
                business_date: line.business_date,
                value_date: line.value_date,
                balance_after: line.balance_after,
                bank_reference: line.bank_reference.as_deref(),
                memo: &line.memo,
                counterparty_name: line.counterparty_name.as_deref(),
                counterparty_account: line.counterparty_account.as_deref(),
            },
            outcome,
            suspense_reason,
            payment_id,
        }
    }
}

/// What is in a file, before anything of it is written.
#[derive(Debug, Serialize)]
pub(crate) struct PreviewView<'a> {
    file_digest: String,
    format: &'static str,
    layout: &'static str,
    encoding: &'static str,
    lines: u64,
    credits: u64,
    debits: u64,
    duplicates: u64,
    unbooked: u64,
    error_count: u64,
    statements: Vec<SummaryView>,
    errors: Vec<ErrorView<'a>>,
    sample: Vec<MovementView<'a>>,
}

impl<'a> PreviewView<'a> {
    pub(crate) fn new(preview: &'a Preview, duplicates: u64) -> Self {
        let summary = &preview.summary;
        Self {
            file_digest: hex::encode(preview.digest),
            format: summary.format.as_str(),
            layout: summary.layout,
            encoding: summary.encoding.as_str(),
            lines: summary.lines,
            credits: preview.credits,
            debits: summary.lines.saturating_sub(preview.credits),
            duplicates,
            unbooked: summary.pending,
            error_count: summary.errors,
            statements: preview.statements.iter().map(SummaryView::from).collect(),
            errors: preview
                .errors
                .iter()
                .take(ERRORS_SHOWN)
                .map(ErrorView::from)
                .collect(),
            sample: preview.sample.iter().map(MovementView::from).collect(),
        }
    }
}

/// An import and how far it is.
#[derive(Debug, Serialize)]
pub(crate) struct ImportView<'a> {
    id: StatementImportId,
    status: &'static str,
    file_name: &'a str,
    file_digest: String,
    bytes: i64,
    format: &'a str,
    layout: &'a str,
    encoding: &'a str,
    lines: i64,
    unbooked: i64,
    error_count: i64,
    lines_read: i64,
    duplicates: i64,
    reported: i64,
    booked: i64,
    held: i64,
    quarantined: i64,
    imported_by: &'a str,
    created_at: Timestamp,
    updated_at: Timestamp,
    statements: Vec<SummaryView>,
}

impl<'a> From<&'a Import> for ImportView<'a> {
    fn from(import: &'a Import) -> Self {
        Self {
            id: import.id,
            status: import.status.as_str(),
            file_name: &import.file_name,
            file_digest: hex::encode(&import.file_digest),
            bytes: import.bytes,
            format: &import.format,
            layout: &import.layout,
            encoding: &import.encoding,
            lines: import.lines,
            unbooked: import.unbooked,
            error_count: import.errors,
            lines_read: import.read,
            duplicates: import.duplicates,
            reported: import.reported,
            booked: import.posted,
            held: import.held,
            quarantined: import.failed,
            imported_by: &import.actor,
            created_at: import.created_at,
            updated_at: import.updated_at,
            statements: import.summaries.iter().map(SummaryView::from).collect(),
        }
    }
}

/// Whether everything in the file found its place.
pub(crate) fn is_clean(import: &Import) -> bool {
    import.status == ImportStatus::Done && import.errors == 0 && import.failed == 0
}
