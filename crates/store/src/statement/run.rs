//! Doing an import: reading the kept file, storing its lines, finding each credit's place.

use super::lines::{Advance, Enter, LineRow, StoreLines, advance};
use super::pairing::{Credit, CreditRow, Line, places, telling};
use super::post::{Placed, PostLines, Posted, Subject};
use super::read::{JobRow, job};
use super::{ImportStatus, Told};
use crate::callback::Recorded;
use crate::gap;
use crate::writer::{Batch, Job};
use crate::{Environment, Store, StoreError, TenantScope, Writer};
use money::Vnd;
use payment::{BusinessDate, CallbackId, Direction, StatementImportId, Timestamp};
use reconciler::callback::statement::LINES_MAX;
use reconciler::identity::BOOKED_LATER_SECONDS;
use reconciler::statement::{
    self, Booked, Encoding, Feed, Identifier, Item, LineId, Precision, StatementLine,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Lines that are stored in one transaction.
const STORED_AT_ONCE: usize = 1_024;
/// Parts that the reading thread is ahead at most.
const AHEAD: usize = 4;
/// Lines of one day that are paired at once: memory is bounded by the busiest day, and by this.
const PAIRED_AT_ONCE: i64 = 50_000;
/// Credits that are read at once to be paired.
const CREDITS_AT_ONCE: i64 = 5_000;
/// How long one process has an import to itself; every step that it writes renews it.
pub const LEASE_SECONDS: i64 = 15;
/// How long to wait when the writer's queue is full.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often a part of a day is tried again because others wrote meanwhile.
const TRIES_MAX: u32 = 100;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which step.
    pub status: ImportStatus,
    /// Movements in the file.
    pub lines: i64,
    /// Movements that were read and stored.
    pub read: i64,
    /// Credits that have their place.
    pub decided: i64,
}

#[derive(sqlx::FromRow)]
struct ImportRow {
    feed: String,
    account_hint: String,
    encoding_hint: String,
    file_digest: Vec<u8>,
    bytes: i64,
    lines: i64,
    created_at: i64,
}

/// Takes an import that nobody works on, if there is one, for [`LEASE_SECONDS`].
///
/// # Errors
/// [`StoreError`].
pub async fn take_due(
    store: &Store,
    now: Timestamp,
) -> Result<Option<(TenantScope, StatementImportId)>, StoreError> {
    let mut tx = store.read().await?;
    let due = fetch_optional!(&mut tx, (Uuid, Uuid), sql!("statement/due"), now.micros())?;
    drop(tx);
    let Some((tenant, import)) = due else {
        return Ok(None);
    };
    let mut tx = store.write().await?;
    let until = now.plus_seconds(LEASE_SECONDS);
    let taken = execute!(
        &mut tx,
        sql!("statement/take"),
        tenant,
        import,
        now.micros(),
        until.micros()
    )?;
    let scope = crate::tenant::scope_by_id(&mut tx, tenant).await?;
    tx.commit().await?;
    Ok((taken > 0).then(|| (scope, StatementImportId::from_uuid(import))))
}

/// Does what is left of an import. Safe to run again, and beside another process that does the same.
/// `observe` is told how far it is.
///
/// # Errors
/// [`StoreError`]; what was done stays done, and running it again goes on from there.
pub async fn run(
    store: &Store,
    writer: &Writer,
    environment: &Environment,
    scope: &TenantScope,
    import: StatementImportId,
    observe: &(dyn Fn(Progress) + Sync),
) -> Result<(), StoreError> {
    let mut tx = store.read().await?;
    let row = fetch_one!(
        &mut tx,
        ImportRow,
        sql!("statement/by_id"),
        scope.id(),
        import.uuid()
    )?;
    let stands = job(&mut tx, scope.id(), import.uuid()).await?;
    drop(tx);
    let wrong = |column| StoreError::Inconsistent {
        table: "statement_import",
        column,
    };
    let feed = Feed::from_stored(&row.feed).ok_or_else(|| wrong("feed"))?;
    let work = Work {
        store,
        writer,
        environment,
        import,
        lines: row.lines,
        told: Told {
            account: Some(row.account_hint).filter(|hint| !hint.is_empty()),
            encoding: Encoding::parse(&row.encoding_hint),
        },
        bytes: usize::try_from(row.bytes).map_err(|_| wrong("bytes"))?,
        subject: Arc::new(Subject {
            scope: scope.clone(),
            import,
            feed,
            file_digest: hex::encode(&row.file_digest),
            received_at: Timestamp::from_micros(row.created_at),
        }),
        observe,
    };
    if stands.status == "reading" {
        work.read(&stands).await?;
        work.enter("posting").await?;
    }
    if stands.status != "done" {
        work.post().await?;
        // Everything that it has is known now: holes in the balances of its days are no holes any more.
        let cover = || gap::Cover {
            scope: scope.clone(),
            import,
        };
        work.submit(cover).await?;
        work.enter("done").await?;
    }
    work.tell(ImportStatus::Done).await
}

struct Work<'a> {
    store: &'a Store,
    writer: &'a Writer,
    environment: &'a Environment,
    import: StatementImportId,
    lines: i64,
    told: Told,
    bytes: usize,
    subject: Arc<Subject>,
    observe: &'a (dyn Fn(Progress) + Sync),
}

/// Lines of one account and day, with everything that they can be.
struct Day {
    lines: Vec<Line>,
    credits: Vec<Credit>,
    seen: i64,
}

impl Work<'_> {
    fn tenant(&self) -> Uuid {
        self.subject.scope.id()
    }

    async fn tell(&self, status: ImportStatus) -> Result<(), StoreError> {
        let mut tx = self.store.read().await?;
        let stands = job(&mut tx, self.tenant(), self.import.uuid()).await?;
        (self.observe)(Progress {
            status,
            lines: self.lines,
            read: stands.read_to,
            decided: stands.reported + stands.posted + stands.failed,
        });
        Ok(())
    }

    /// Submits, and waits where the queue is full: an import is in no hurry, callbacks are.
    async fn submit<J: Job + Sync>(&self, job: impl Fn() -> J) -> Result<J::Output, StoreError> {
        loop {
            match self.writer.submit(job()).await {
                Err(StoreError::Overloaded) => tokio::time::sleep(PATIENCE).await,
                other => return other,
            }
        }
    }

    async fn enter(&self, status: &'static str) -> Result<(), StoreError> {
        let enter = || Enter {
            scope: self.subject.scope.clone(),
            import: self.import,
            status,
        };
        self.submit(enter).await
    }

    /// Reads the kept file and stores its lines.
    async fn read(&self, stands: &JobRow) -> Result<(), StoreError> {
        let file = self.file().await?;
        let (parts, mut read) = mpsc::channel::<Vec<LineRow>>(AHEAD);
        let hints = self.told.hints();
        let subject = self.subject.clone();
        let read_to = stands.read_to;
        let reader = tokio::task::spawn_blocking(move || {
            let mut identifier = Identifier::default();
            let mut part = Vec::with_capacity(STORED_AT_ONCE);
            let mut ordinal = 0;
            let done = statement::read(&file, &hints, &mut |item| {
                let Item::Line(line) = item else {
                    return ControlFlow::Continue(());
                };
                let id = identifier.identify(&line);
                ordinal += 1;
                if ordinal <= read_to {
                    return ControlFlow::Continue(());
                }
                let feed = subject.feed.as_str();
                let (tenant, import) = (subject.scope.id(), subject.import.uuid());
                let row = LineRow::new(tenant, import, feed, ordinal, id, line);
                part.push(row);
                if part.len() < STORED_AT_ONCE {
                    return ControlFlow::Continue(());
                }
                let full = std::mem::replace(&mut part, Vec::with_capacity(STORED_AT_ONCE));
                match parts.blocking_send(full) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            });
            if done.is_ok() && !part.is_empty() {
                let _ = parts.blocking_send(part);
            }
            done.map(|summary| summary.lines)
        });
        while let Some(part) = read.recv().await {
            let rows = Arc::new(part);
            let store = || StoreLines {
                scope: self.subject.scope.clone(),
                import: self.import,
                rows: rows.clone(),
            };
            self.submit(store).await?;
            self.tell(ImportStatus::Reading).await?;
        }
        // It was readable when it was taken; if not, the reader has become stricter since.
        match reader.await {
            Ok(Ok(lines)) if i64::try_from(lines) == Ok(self.lines) => Ok(()),
            _ => Err(StoreError::Inconsistent {
                table: "statement_file",
                column: "bytes",
            }),
        }
    }

    /// The kept bytes.
    async fn file(&self) -> Result<Vec<u8>, StoreError> {
        let mut file = Vec::with_capacity(self.bytes);
        for part in 0i64.. {
            let mut tx = self.store.read().await?;
            let bytes = fetch_optional!(
                &mut tx,
                (Vec<u8>,),
                sql!("statement/part"),
                self.tenant(),
                self.import.uuid(),
                part
            )?;
            let Some((bytes,)) = bytes else { break };
            file.extend_from_slice(&bytes);
            if file.len() > self.bytes {
                break;
            }
        }
        if file.len() == self.bytes {
            Ok(file)
        } else {
            Err(StoreError::Inconsistent {
                table: "statement_file",
                column: "part",
            })
        }
    }

    async fn post(&self) -> Result<(), StoreError> {
        let mut tx = self.store.read().await?;
        let days = fetch_all!(
            &mut tx,
            (String, i64),
            sql!("statement/days"),
            self.tenant(),
            self.import.uuid()
        )?;
        drop(tx);
        for (account, number) in days {
            let day = BusinessDate::from_number(number).map_err(|_| StoreError::Inconsistent {
                table: "statement_line",
                column: "business_date",
            })?;
            let mut after = 0;
            let mut tries = 0;
            loop {
                let found = self.look(&account, day, after).await?;
                let Some(last) = found.lines.last().map(|line| line.ordinal) else {
                    break;
                };
                if self.post_day(&account, found).await? {
                    after = last;
                    tries = 0;
                } else if tries < TRIES_MAX {
                    tries += 1;
                } else {
                    return Err(StoreError::TooManyTwins);
                }
            }
        }
        Ok(())
    }

    /// Writes the lines of one look; whether all of them have their place now.
    async fn post_day(&self, account: &str, day: Day) -> Result<bool, StoreError> {
        let Day {
            lines,
            credits,
            seen,
        } = day;
        let (received_at, flows) = (self.subject.received_at, self.subject.scope.flows());
        let placed = tokio::task::spawn_blocking(move || {
            let places = places(&lines, &credits, received_at, &flows);
            lines
                .into_iter()
                .zip(places)
                .map(|(line, place)| Placed { line, place })
                .collect::<Vec<Placed>>()
        })
        .await
        .map_err(|_| StoreError::Stopped)?;
        let mut seen = seen;
        for part in placed.chunks(LINES_MAX) {
            match self.post_part(account, part.to_vec(), seen).await? {
                Posted::Done { seen: now } => seen = now.unwrap_or(seen),
                Posted::Stale => return Ok(false),
            }
            self.tell(ImportStatus::Posting).await?;
        }
        Ok(true)
    }

    async fn post_part(
        &self,
        account: &str,
        part: Vec<Placed>,
        seen: i64,
    ) -> Result<Posted, StoreError> {
        let lines = Arc::new(part);
        let post = || PostLines {
            subject: self.subject.clone(),
            account: account.to_owned(),
            lines: lines.clone(),
            seen,
        };
        match self.submit(post).await {
            Err(error) if !error.is_temporary() => {}
            other => return other,
        }
        // The books cannot take one of them: it must not hold up the others.
        if let [only] = lines.as_slice() {
            return self.put_aside(only).await;
        }
        let middle = lines.len() / 2;
        let mut last = Posted::Done { seen: None };
        for half in [&lines[..middle], &lines[middle..]] {
            last = Box::pin(self.post_part(account, half.to_vec(), seen)).await?;
            if matches!(last, Posted::Stale) {
                break;
            }
        }
        Ok(match last {
            Posted::Done { .. } => Posted::Done { seen: None },
            Posted::Stale => Posted::Stale,
        })
    }

    /// Keeps a line that the books refuse where a person sees it.
    async fn put_aside(&self, placed: &Placed) -> Result<Posted, StoreError> {
        let why = "the books could not take this line of a statement";
        let id = CallbackId::from_uuid((self.environment.new_id)());
        let message = self
            .subject
            .message(id, &[&placed.line], Some(why.to_owned()));
        if let Recorded::New(_) = self.writer.record_callback(message).await? {
            let failed = || PutAside {
                scope: self.subject.scope.clone(),
                import: self.import,
            };
            self.submit(failed).await?;
        }
        tracing::error!(import = %self.import, line = placed.line.line.number, why);
        Ok(Posted::Done { seen: None })
    }

    /// The lines of a day that have no place yet, and the credits that they can be, as of one moment.
    async fn look(&self, account: &str, day: BusinessDate, after: i64) -> Result<Day, StoreError> {
        let mut tx = self.store.read_long().await?;
        let (seen,) = fetch_one!(&mut tx, (i64,), sql!("journal/sequence"), self.tenant())?;
        let lines: Vec<Line> = fetch_all!(
            &mut tx,
            LineToPlace,
            sql!("statement/undecided"),
            self.tenant(),
            account,
            day.as_number(),
            self.subject.feed.as_str(),
            self.import.uuid(),
            after,
            PAIRED_AT_ONCE
        )?
        .into_iter()
        .map(|row| row.line(account))
        .collect::<Result<_, _>>()?;
        let mut credits = Vec::new();
        if lines.is_empty() {
            return Ok(Day {
                lines,
                credits,
                seen,
            });
        }
        let amounts: BTreeSet<i64> = lines.iter().map(|line| line.line.amount.get()).collect();
        let references: BTreeSet<String> = lines
            .iter()
            .map(|line| telling(line.line.bank_reference.as_deref()))
            .filter(|reference| !reference.is_empty())
            .collect();
        let flows = self.subject.scope.flows();
        let days_before = i32::try_from(BOOKED_LATER_SECONDS / 86_400).unwrap_or(5) + 1;
        let first = day.plus_days(-days_before).as_number();
        let last = day.plus_days(1).as_number();
        let mut at = (0, Uuid::nil());
        loop {
            let page = fetch_all!(
                &mut tx,
                DatedCredit,
                sql!("statement/candidates"),
                self.tenant(),
                account,
                first,
                last,
                self.subject.feed.as_str(),
                at.0,
                at.1,
                CREDITS_AT_ONCE
            )?;
            let Some(end) = page.last() else { break };
            at = (end.business_date, end.credit.bank_credit_id);
            for row in &page {
                let credit = &row.credit;
                let reference = telling(credit.bank_reference.as_deref());
                if amounts.contains(&credit.amount) || references.contains(&reference) {
                    credits.push(credit.credit(&flows));
                }
            }
        }
        Ok(Day {
            lines,
            credits,
            seen,
        })
    }
}

#[derive(sqlx::FromRow)]
struct DatedCredit {
    business_date: i64,
    #[sqlx(flatten)]
    credit: CreditRow,
}

#[derive(sqlx::FromRow)]
struct LineToPlace {
    line_id: String,
    ordinal: i64,
    number: i64,
    virtual_account: Option<String>,
    amount: i64,
    booked_at: i64,
    balance_after: Option<i64>,
    bank_reference: Option<String>,
    memo: String,
    memo_full: Option<String>,
    counterparty_name: Option<String>,
    counterparty_account: Option<String>,
}

impl LineToPlace {
    fn line(self, account: &str) -> Result<Line, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "statement_line",
            column,
        };
        let id = hex::decode(&self.line_id).ok();
        let at = Timestamp::from_micros(self.booked_at);
        Ok(Line {
            ordinal: self.ordinal,
            id: id
                .and_then(|id| LineId::from_bytes(&id))
                .ok_or_else(|| wrong("line_id"))?,
            line: StatementLine {
                number: u64::try_from(self.number).map_err(|_| wrong("number"))?,
                account_number: account.to_owned(),
                virtual_account: self.virtual_account,
                direction: Direction::Credit,
                amount: Vnd::positive(self.amount).map_err(|_| wrong("amount"))?,
                booked: Booked {
                    at,
                    precision: Precision::of_statement(at),
                },
                value_date: None,
                balance_after: self.balance_after.map(Vnd::new).transpose()?,
                bank_reference: self.bank_reference,
                memo: self.memo,
                memo_full: self.memo_full,
                counterparty_name: self.counterparty_name,
                counterparty_account: self.counterparty_account,
            },
        })
    }
}

/// Counts a line that was put aside.
struct PutAside {
    scope: TenantScope,
    import: StatementImportId,
}

impl Job for PutAside {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let at = batch.now();
        let by = Advance {
            failed: 1,
            ..Advance::default()
        };
        advance(batch, &self.scope, self.import, "posting", by, at).await
    }
}
