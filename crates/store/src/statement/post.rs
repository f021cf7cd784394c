//! Writing a part of a day: lines that are credits in the books become reports of them, the others are
//! booked. One transaction of the writer.

use super::lines::{Advance, advance};
use super::pairing::{Credit, CreditRow, Line, Place, alone, report, telling};
use crate::callback::{self, RecordCallback};
use crate::settle::{self, EventKey, ReportEventKey, ReportedKey};
use crate::writer::{Batch, CreditReportRow, Job};
use crate::{StoreError, TenantScope};
use payment::{BankCreditId, CallbackId, StatementImportId, Timestamp};
use reconciler::callback::{Dialect, statement as door};
use reconciler::statement::Feed;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Credits that may have come since the day was looked at; with more it is looked at again.
const FRESH_MAX: i64 = 2_000;

/// A line and the place that was found for it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) line: Line,
    pub(super) place: Place,
}

/// What an import is written with.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) scope: TenantScope,
    pub(super) import: StatementImportId,
    pub(super) feed: Feed,
    pub(super) file_digest: String,
    /// When the file came.
    pub(super) received_at: Timestamp,
}

/// Lines of one account, at most [`door::LINES_MAX`].
pub(super) struct PostLines {
    pub(super) subject: Arc<Subject>,
    pub(super) account: String,
    pub(super) lines: Arc<Vec<Placed>>,
    /// The journal as it stood when the places were found.
    pub(super) seen: i64,
}

/// What became of a [`PostLines`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Posted {
    /// Written. The journal as it stands, when nobody else has added to it since `seen`.
    Done { seen: Option<i64> },
    /// Too much has changed since the places were found. Nothing was written.
    Stale,
}

impl Job for PostLines {
    type Output = Posted;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.subject.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Posted, StoreError> {
        let Subject {
            scope,
            import,
            feed,
            received_at,
            ..
        } = &*self.subject;
        let tenant = scope.id();
        let decided = self.decided(batch).await?;
        let open: Vec<&Placed> = self
            .lines
            .iter()
            .filter(|placed| !decided.contains(&placed.line.id.to_string()))
            .collect();
        let Some(fresh) = self.fresh(batch).await? else {
            return Ok(Posted::Stale);
        };
        let wanted: Vec<Uuid> = open
            .iter()
            .filter_map(|placed| match placed.place {
                Place::Reported(credit) => Some(credit),
                _ => None,
            })
            .collect();
        let mut taken = reported_by(batch, tenant, feed.as_str(), &wanted).await?;
        if wanted.iter().any(|credit| taken.contains(credit)) {
            return Ok(Posted::Stale);
        }
        taken.extend(&wanted);
        let (mut reports, mut new) = (Vec::new(), Vec::new());
        let mut held = BTreeMap::new();
        let flows = scope.flows();
        for placed in open {
            let place = match placed.place {
                Place::New if !fresh.is_empty() => {
                    let line = &placed.line.line;
                    let amount = line.amount.get();
                    let reference = telling(line.bank_reference.as_deref());
                    let report = report(line, *received_at, &flows);
                    alone(&report, &reference, amount, fresh.iter(), &taken).unwrap_or(Place::New)
                }
                place => place,
            };
            match place {
                Place::Reported(credit) => {
                    taken.insert(credit);
                    reports.push((placed.line.id.to_string(), credit));
                }
                Place::New => new.push(&placed.line),
                Place::Possible(credit) => {
                    held.insert(placed.line.id.to_string(), BankCreditId::from_uuid(credit));
                    new.push(&placed.line);
                }
            }
        }
        let by = Advance {
            reported: count(reports.len()),
            posted: count(new.len()),
            held: count(held.len()),
            ..Advance::default()
        };
        report_again(batch, tenant, feed.as_str(), &reports, *received_at)?;
        if !new.is_empty() {
            self.book(batch, &new, held).await?;
        }
        let at = batch.now();
        advance(batch, scope, *import, "posting", by, at).await?;
        let (sequence, ..) = batch.stand(tenant)?;
        Ok(Posted::Done {
            seen: fresh.is_empty().then_some(sequence),
        })
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl PostLines {
    /// Lines that have their place by now: another import of the same lines, or this one before a crash.
    async fn decided(&self, batch: &mut Batch) -> Result<BTreeSet<String>, StoreError> {
        let tenant_id = self.subject.scope.id();
        let source = self.subject.feed.as_str();
        let ids = || self.lines.iter().map(|placed| placed.line.id.to_string());
        let booked = ids()
            .map(|provider_event_id| EventKey {
                tenant_id,
                source: source.to_owned(),
                provider_event_id,
            })
            .collect();
        let reported = ids()
            .map(|provider_event_id| ReportEventKey {
                tenant_id,
                source: source.to_owned(),
                provider_event_id,
            })
            .collect();
        let tx = batch.tx().await?;
        let mut decided: BTreeSet<String> = settle::booked_events(tx, booked).await?;
        decided.extend(settle::reported_events(tx, reported).await?);
        Ok(decided)
    }

    /// Credits that other channels brought since the places were found; none when there are too many.
    async fn fresh(&self, batch: &mut Batch) -> Result<Option<Vec<Credit>>, StoreError> {
        let scope = &self.subject.scope;
        let (sequence, ..) = batch.stand(scope.id())?;
        if sequence == self.seen {
            return Ok(Some(Vec::new()));
        }
        let rows = fetch_all!(
            batch.tx().await?,
            CreditRow,
            sql!("statement/fresh"),
            scope.id(),
            &self.account,
            self.seen,
            self.subject.feed.as_str(),
            FRESH_MAX
        )?;
        if count(rows.len()) >= FRESH_MAX {
            return Ok(None);
        }
        let flows = scope.flows();
        Ok(Some(rows.iter().map(|row| row.credit(&flows)).collect()))
    }

    /// Books lines by the door through which callbacks come.
    async fn book(
        &self,
        batch: &mut Batch,
        new: &[&Line],
        held: BTreeMap<String, BankCreditId>,
    ) -> Result<(), StoreError> {
        let id = CallbackId::from_uuid(batch.new_id());
        let message = self.subject.message(id, new, None);
        callback::record(batch.tx().await?, &[&message]).await?;
        settle::settle_lines(batch, &message, held).await
    }
}

impl Subject {
    /// These lines as they are kept; with `refused`, in quarantine.
    pub(super) fn message(
        &self,
        id: CallbackId,
        lines: &[&Line],
        refused: Option<String>,
    ) -> RecordCallback {
        let lines = lines.iter().map(|line| (line.id, &line.line));
        let body = door::write(&self.feed, &self.file_digest, lines).into_bytes();
        RecordCallback {
            account: None,
            scope: self.scope.clone(),
            id,
            source: self.feed.as_str().to_owned(),
            dialect: Dialect::Statement,
            received_at: self.received_at,
            headers: "{}".to_owned(),
            body_digest: Sha256::digest(&body).into(),
            body,
            malformed: refused,
        }
    }
}

/// Which of these credits the channel has reported already.
async fn reported_by(
    batch: &mut Batch,
    tenant: Uuid,
    source: &str,
    credits: &[Uuid],
) -> Result<BTreeSet<Uuid>, StoreError> {
    let keys = credits
        .iter()
        .map(|&bank_credit_id| ReportedKey {
            tenant_id: tenant,
            bank_credit_id,
        })
        .collect();
    let found: Vec<(Uuid, Uuid, String)> = ReportedKey::fetch(batch.tx().await?, keys).await?;
    Ok(found
        .into_iter()
        .filter(|(_, _, by)| by == source)
        .map(|(_, credit, _)| credit)
        .collect())
}

#[derive(Serialize)]
struct ReportedDetail {
    source: String,
    reports: usize,
    digest: String,
}

/// The digest of reports that one audit record stands for.
pub(crate) fn reports_digest<'a>(reports: impl Iterator<Item = (&'a str, Uuid)>) -> String {
    let mut lines: Vec<String> = reports
        .map(|(event, credit)| format!("{event} {}\n", credit.simple()))
        .collect();
    lines.sort_unstable();
    hex::encode(Sha256::digest(lines.concat()))
}

fn report_again(
    batch: &mut Batch,
    tenant: Uuid,
    source: &str,
    reports: &[(String, Uuid)],
    reported_at: Timestamp,
) -> Result<(), StoreError> {
    if reports.is_empty() {
        return Ok(());
    }
    let pairs = reports
        .iter()
        .map(|(event, credit)| (event.as_str(), *credit));
    let detail = ReportedDetail {
        source: source.to_owned(),
        reports: reports.len(),
        digest: reports_digest(pairs),
    };
    let now = batch.now();
    batch.audit(tenant, "system", "payment.reported", source, &detail, now)?;
    let (_, audit_sequence, _) = batch.stand(tenant)?;
    for (event, credit) in reports {
        batch.pending().reports.push(CreditReportRow {
            tenant_id: tenant,
            source: source.to_owned(),
            provider_event_id: event.clone(),
            bank_credit_id: *credit,
            notice_digest: None,
            reported_at: reported_at.micros(),
            audit_sequence,
        });
    }
    Ok(())
}
