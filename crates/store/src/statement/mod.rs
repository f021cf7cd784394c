//! Bank statements: files that are taken, their lines, and which line is which credit.
//!
//! A file goes through four steps, and each of them can be repeated after a crash:
//!
//! 1. [`Preview::read`] reads it once, in memory, and says what is in it. Nothing is written.
//! 2. [`Writer::take_statement`] keeps the bytes, what was read in all, and a place in the queue of jobs.
//!    The same bytes again are the same import.
//! 3. [`run`] reads the kept bytes and stores the lines ([`lines`]). A line that another file of the same
//!    kind has brought is counted and not stored twice.
//! 4. [`run`] goes through the days of the file. Lines and the credits that other channels reported are
//!    paired ([`pairing`]), without a lock; then each part of the day is written in one transaction of
//!    the writer ([`post`]), which looks once more at what came meanwhile. A line that is a credit in the
//!    books becomes a report of it; a line that is not is booked by the same rules as a callback.
//!
//! Money out is stored and never booked.

mod intake;
mod lines;
mod pairing;
mod post;
mod read;
mod run;

pub use intake::{TakeStatement, Taken};
pub use read::{Import, ImportError, ImportLine, ImportStatus, LineOutcome, Summary};
pub use run::{LEASE_SECONDS, Progress, run, take_due};

pub(crate) use lines::LineRow;
pub(crate) use pairing::{Credit, CreditRow, telling};
pub(crate) use post::reports_digest;

use crate::{Store, StoreError, TenantScope, Tx};
use reconciler::statement::{
    self, Encoding, Feed, Hints, Identifier, Item, Refusal, RowError, Statement,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use uuid::Uuid;

/// Rows with an error that are kept and shown; the others are counted.
pub const ERRORS_KEPT: usize = 1_000;
/// Lines that a preview shows.
pub const SAMPLE: usize = 10;
/// Line ids that are looked up at once.
const LOOKUP: usize = 2_000;

/// What the person who brings a file says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The account, for files that name none.
    pub account: Option<String>,
    /// The encoding, when it is guessed wrong.
    pub encoding: Option<Encoding>,
}

impl Told {
    pub(crate) fn hints(&self) -> Hints {
        Hints {
            account_number: self.account.clone(),
            encoding: self.encoding,
            columns: Vec::new(),
        }
    }
}

/// What is in a file, before anything of it is written.
#[derive(Debug)]
pub struct Preview {
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
    /// Format, layout, encoding and counts.
    pub summary: statement::Summary,
    /// The kind of file, within which lines are told from each other.
    pub feed: Feed,
    /// One for each account in it.
    pub statements: Vec<Statement>,
    /// The first [`ERRORS_KEPT`] rows that cannot be read.
    pub errors: Vec<RowError>,
    /// The first [`SAMPLE`] movements.
    pub sample: Vec<statement::StatementLine>,
    /// Movements of money in.
    pub credits: u64,
    ids: Vec<String>,
}

impl Preview {
    /// Reads a whole file. Work for a thread of its own.
    ///
    /// # Errors
    /// [`Refusal`], when the file cannot be taken.
    pub fn read(file: &[u8], told: &Told) -> Result<Self, Refusal> {
        let (mut statements, mut errors) = (Vec::new(), Vec::new());
        let (mut sample, mut ids, mut credits) = (Vec::new(), Vec::new(), 0);
        let mut identifier = Identifier::default();
        let summary = statement::read(file, &told.hints(), &mut |item| {
            match item {
                Item::Line(line) => {
                    ids.push(identifier.identify(&line).to_string());
                    credits += u64::from(line.direction == payment::Direction::Credit);
                    if sample.len() < SAMPLE {
                        sample.push(line);
                    }
                }
                Item::Error(error) if errors.len() < ERRORS_KEPT => errors.push(error),
                Item::Error(_) => {}
                Item::Statement(statement) => statements.push(statement),
            }
            ControlFlow::Continue(())
        })?;
        Ok(Self {
            digest: Sha256::digest(file).into(),
            feed: Feed::of(&summary),
            summary,
            statements,
            errors,
            sample,
            credits,
            ids,
        })
    }

    /// The accounts that move in it.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<&str> {
        self.statements
            .iter()
            .map(|statement| statement.account_number.as_str())
            .collect()
    }
}

/// What a kept file says, read once more.
pub(crate) struct ReadAgain {
    /// The digests of its lines, in order.
    pub(crate) lines: Vec<[u8; 32]>,
    pub(crate) summaries: Vec<intake::SummaryRow>,
    pub(crate) errors: Vec<intake::ErrorRow>,
}

/// Reads a kept file once more, into what is stored of it.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn read_again(
    file: &[u8],
    told: &Told,
    tenant: Uuid,
    import: Uuid,
    feed: &str,
) -> Result<ReadAgain, Refusal> {
    let mut identifier = Identifier::default();
    let (mut lines, mut statements, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut ordinal = 0;
    statement::read(file, &told.hints(), &mut |item| {
        match item {
            Item::Line(line) => {
                ordinal += 1;
                let id = identifier.identify(&line);
                lines.push(LineRow::new(tenant, import, feed, ordinal, id, line).digest());
            }
            Item::Error(error) if errors.len() < ERRORS_KEPT => errors.push(error),
            Item::Error(_) => {}
            Item::Statement(statement) => statements.push(statement),
        }
        ControlFlow::Continue(())
    })?;
    Ok(ReadAgain {
        lines,
        summaries: (0i64..)
            .zip(&statements)
            .map(|(place, it)| intake::SummaryRow::new(tenant, import, place, it))
            .collect(),
        errors: (1i64..)
            .zip(&errors)
            .map(|(place, it)| intake::ErrorRow::new(tenant, import, place, it))
            .collect(),
    })
}

/// What is stored of a file beside its lines.
pub(crate) async fn stored_heads(
    tx: &mut Tx,
    tenant: Uuid,
    import: Uuid,
) -> Result<(Vec<intake::SummaryRow>, Vec<intake::ErrorRow>), StoreError> {
    let summaries = fetch_all!(
        &mut *tx,
        intake::SummaryRow,
        sql!("audit/summaries_of_import"),
        tenant,
        import
    )?;
    let errors = fetch_all!(
        tx,
        intake::ErrorRow,
        sql!("audit/errors_of_import"),
        tenant,
        import
    )?;
    Ok((summaries, errors))
}

impl Store {
    /// How many movements of a file are stored already, from this or another file of its kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known_lines(
        &self,
        scope: &TenantScope,
        preview: &Preview,
    ) -> Result<u64, StoreError> {
        let mut known = 0;
        for ids in preview.ids.chunks(LOOKUP) {
            let mut tx = self.read().await?;
            let keys = ids
                .iter()
                .map(|line_id| lines::LineKey {
                    tenant_id: scope.id(),
                    feed: preview.feed.as_str().to_owned(),
                    line_id: line_id.clone(),
                })
                .collect();
            let found: Vec<(String, Uuid)> = lines::LineKey::fetch(&mut tx, keys).await?;
            known += u64::try_from(found.len()).unwrap_or_default();
        }
        Ok(known)
    }

    /// Accounts of a file that are not the tenant's: nothing of such a file is booked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn foreign_accounts(
        &self,
        scope: &TenantScope,
        preview: &Preview,
    ) -> Result<Vec<String>, StoreError> {
        let own: BTreeSet<String> = self
            .payee_accounts(scope)
            .await?
            .into_iter()
            .map(|account| account.account_number)
            .collect();
        Ok(preview
            .accounts()
            .into_iter()
            .filter(|account| !own.contains(*account))
            .map(str::to_owned)
            .collect())
    }
}
