//! The callback that comes after the statement: its credit is in the books already, booked from a line.
//!
//! A statement has other words, often no time and its own order, so such a credit is found by
//! [`reconciler::identity`] and not by equal texts. Each source reports a credit once: the second
//! callback about a payer who paid twice is not swallowed by the first one's line.

use super::evidence::{Evidence, Twin};
use super::{Message, Pending, Reading};
use crate::StoreError;
use crate::Tx;
use crate::statement::{Credit, CreditRow, reports_digest, telling};
use crate::writer::{Batch, CreditReportRow};
use payment::{BankCreditId, CreditOutcome, Flow, Timestamp};
use reconciler::callback::Notice;
use reconciler::identity::{
    ANNOUNCED_LATER_SECONDS, BOOKED_LATER_SECONDS, Facts, Report, Verdict, choose, compare,
};
use reconciler::matching;
use reconciler::statement::Precision;
use reconciler::statement::identity::FEED_PREFIX;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Credits that a lookup brings at most, as its statements say. With as many, one may be missing.
const LINES_MAX: usize = 20_000;
const DAY_SECONDS: i64 = 86_400;

bulk_rows! {
    /// Credits of statements with one amount at about one time.
    NearKey, "bulk/statement_credits_near" {
        tenant_id: Uuid,
        account_number: String,
        amount: i64,
        booked_from: i64,
        booked_to: i64,
    }
}

bulk_rows! {
    /// Credits of statements with one reference, whatever their amount.
    ReferenceKey, "bulk/statement_credits_by_reference" {
        tenant_id: Uuid,
        account_number: String,
        bank_reference: String,
    }
}

bulk_rows! {
    /// A movement's id, to find the credit of which it was a report.
    ReportEventKey, "bulk/reports_by_event" {
        tenant_id: Uuid,
        source: String,
        provider_event_id: String,
    }
}

bulk_rows! {
    /// A credit, to find who has reported it.
    ReportedKey, "bulk/reports_of_credits" { tenant_id: Uuid, bank_credit_id: Uuid }
}

#[derive(sqlx::FromRow)]
struct StoredReport {
    tenant_id: Uuid,
    source: String,
    provider_event_id: String,
    bank_credit_id: Uuid,
    notice_digest: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct StoredLine {
    tenant_id: Uuid,
    bank_credit_id: Uuid,
    source: String,
    account_number: String,
    amount: i64,
    bank_reference: Option<String>,
    booked_at: i64,
    balance_after: Option<i64>,
    memo: String,
    memo_full: Option<String>,
    received_at: i64,
}

/// Which of these movements are reports of credits: their ids.
pub(crate) async fn reported_events(
    tx: &mut Tx,
    keys: Vec<ReportEventKey>,
) -> Result<BTreeSet<String>, StoreError> {
    let found: Vec<StoredReport> = ReportEventKey::fetch(tx, keys).await?;
    Ok(found
        .into_iter()
        .map(|report| report.provider_event_id)
        .collect())
}

type Event = (Uuid, String, String);

/// Credits that came from statements, as far as a batch of callbacks may meet them.
#[derive(Default)]
pub(super) struct Lines {
    events: BTreeMap<Event, (Uuid, Vec<u8>)>,
    credits: BTreeMap<(Uuid, String), Vec<Credit>>,
    reported_by: BTreeMap<Uuid, BTreeSet<String>>,
}

impl Lines {
    pub(super) async fn gather(
        batch: &mut Batch,
        readings: &[Reading],
    ) -> Result<Self, StoreError> {
        let (mut events, mut references) = (Vec::new(), BTreeSet::new());
        let mut near: BTreeMap<(Uuid, &str, i64), (i64, i64)> = BTreeMap::new();
        let mut flows: BTreeMap<Uuid, Vec<Flow>> = BTreeMap::new();
        let callbacks = readings.iter().filter(|reading| reading.held.is_none());
        for reading in callbacks {
            let tenant_id = reading.callback.tenant_id;
            flows
                .entry(tenant_id)
                .or_insert_with(|| reading.scope.flows());
            let money_in = reading
                .notices
                .iter()
                .flatten()
                .filter(|notice| matching::is_ignored(notice).is_none());
            for notice in money_in {
                events.push(ReportEventKey {
                    tenant_id,
                    source: reading.callback.source.clone(),
                    provider_event_id: notice.provider_event_id.clone(),
                });
                if let Some(reference) = &notice.bank_reference {
                    references.insert((tenant_id, &notice.account_number, reference));
                }
                let booked = notice.booked_at;
                // A day without a time begins before everything that is booked on it.
                let from = booked.plus_seconds(-ANNOUNCED_LATER_SECONDS - DAY_SECONDS);
                let to = booked.plus_seconds(BOOKED_LATER_SECONDS);
                let key = (
                    tenant_id,
                    notice.account_number.as_str(),
                    notice.amount.get(),
                );
                let window = near.entry(key).or_insert((from.micros(), to.micros()));
                *window = (window.0.min(from.micros()), window.1.max(to.micros()));
            }
        }
        let near = near
            .into_iter()
            .map(|((tenant_id, account, amount), (from, to))| NearKey {
                tenant_id,
                account_number: account.to_owned(),
                amount,
                booked_from: from,
                booked_to: to,
            })
            .collect();
        let references = references
            .into_iter()
            .map(|(tenant_id, account, reference)| ReferenceKey {
                tenant_id,
                account_number: account.clone(),
                bank_reference: reference.clone(),
            })
            .collect();
        let mut lines = Self::default();
        for report in ReportEventKey::fetch::<StoredReport>(batch.lookup(), events).await? {
            let event = (report.tenant_id, report.source, report.provider_event_id);
            let digest = report.notice_digest.unwrap_or_default();
            lines.events.insert(event, (report.bank_credit_id, digest));
        }
        let mut found: Vec<StoredLine> = NearKey::fetch(batch.lookup(), near).await?;
        let by_reference: Vec<StoredLine> = ReferenceKey::fetch(batch.lookup(), references).await?;
        if found.len() >= LINES_MAX || by_reference.len() >= LINES_MAX {
            return Err(StoreError::TooManyTwins);
        }
        found.extend(by_reference);
        lines.add(found, &flows);
        lines.look_who_reported(batch).await?;
        Ok(lines)
    }

    fn add(&mut self, found: Vec<StoredLine>, flows: &BTreeMap<Uuid, Vec<Flow>>) {
        for line in found {
            let flows = flows.get(&line.tenant_id).map_or(&[][..], Vec::as_slice);
            let credits = self
                .credits
                .entry((line.tenant_id, line.account_number.clone()))
                .or_default();
            if credits.iter().any(|known| known.id == line.bank_credit_id) {
                continue;
            }
            let row = CreditRow {
                bank_credit_id: line.bank_credit_id,
                source: line.source,
                amount: line.amount,
                bank_reference: line.bank_reference,
                booked_at: line.booked_at,
                balance_after: line.balance_after,
                memo: line.memo,
                memo_full: line.memo_full,
                received_at: line.received_at,
                is_held: 0,
            };
            credits.push(row.credit(flows));
        }
    }

    async fn look_who_reported(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let keys = self
            .credits
            .iter()
            .flat_map(|((tenant_id, _), credits)| {
                credits.iter().map(|credit| ReportedKey {
                    tenant_id: *tenant_id,
                    bank_credit_id: credit.id,
                })
            })
            .collect();
        for (_, credit, source) in
            ReportedKey::fetch::<(Uuid, Uuid, String)>(batch.lookup(), keys).await?
        {
            self.claim(credit, &source);
        }
        Ok(())
    }

    /// Movements that came before as reports of credits, with the credit and the notice's digest.
    pub(super) fn reported_events(&self) -> impl Iterator<Item = (&Event, &(Uuid, Vec<u8>))> {
        self.events.iter()
    }

    /// The source has reported this credit.
    pub(super) fn claim(&mut self, credit: Uuid, source: &str) {
        let sources = self.reported_by.entry(credit).or_default();
        sources.insert(source.to_owned());
    }

    /// Whether the notice is about a credit that came from a statement.
    pub(super) fn twin(&self, reading: &Reading, notice: &Notice) -> Twin {
        let source = &reading.callback.source;
        if source.starts_with(FEED_PREFIX) {
            // A line that was put aside and is run again: two lines of a feed are two movements.
            return Twin::None;
        }
        let key = (reading.callback.tenant_id, notice.account_number.clone());
        let free: Vec<&Credit> = self
            .credits
            .get(&key)
            .into_iter()
            .flatten()
            .filter(|credit| {
                let by = self.reported_by.get(&credit.id);
                !by.is_some_and(|by| by.contains(source))
            })
            .collect();
        if free.is_empty() {
            return Twin::None;
        }
        let facts = Facts {
            reference: notice.bank_reference.as_deref(),
            memo: &notice.memo,
            memo_full: notice.memo_full.as_deref(),
            booked_at: notice.booked_at,
            precision: Precision::Second,
            balance_after: notice.balance_after,
            statement_received_at: None,
        };
        let report = Report::new(&facts, &reading.scope.flows());
        let amount = notice.amount.get();
        let equal = free
            .iter()
            .enumerate()
            .filter(|(_, credit)| credit.amount == amount)
            .map(|(index, credit)| (index, &credit.report));
        let (same, possible) = choose(&report, equal, true);
        if let Some(credit) = same.and_then(|index| free.get(index)) {
            return Twin::Line(credit.id);
        }
        let reference = telling(notice.bank_reference.as_deref());
        let possible = possible.and_then(|index| free.get(index)).or_else(|| {
            // One reference and two amounts: the same movement told wrongly, or a reference used twice.
            free.iter().find(|credit| {
                credit.amount != amount
                    && !reference.is_empty()
                    && credit.reference == reference
                    && compare(&credit.report, &report) != Verdict::Different
            })
        });
        possible.map_or(Twin::None, |credit| {
            Twin::Possible(BankCreditId::from_uuid(credit.id))
        })
    }
}

/// A callback about a credit that a statement brought.
pub(super) struct Late<'a> {
    pub(super) callback: &'a Pending,
    pub(super) notice: &'a Notice,
    pub(super) digest: &'a [u8; 32],
    pub(super) credit: Uuid,
}

#[derive(Serialize)]
struct ReportedDetail<'a> {
    source: &'a str,
    reports: usize,
    digest: String,
}

/// Records that the credit was reported once more; it is not money.
pub(super) fn reported(
    batch: &mut Batch,
    evidence: &mut Evidence,
    late: &Late<'_>,
    now: Timestamp,
) -> Result<Message, StoreError> {
    let Late {
        callback,
        notice,
        digest,
        credit,
    } = *late;
    let tenant = callback.tenant_id;
    let event = notice.provider_event_id.as_str();
    let detail = ReportedDetail {
        source: &callback.source,
        reports: 1,
        digest: reports_digest(std::iter::once((event, credit))),
    };
    let subject = BankCreditId::from_uuid(credit).to_string();
    batch.audit(tenant, "system", "payment.reported", &subject, &detail, now)?;
    let (_, audit_sequence, _) = batch.stand(tenant)?;
    batch.pending().reports.push(CreditReportRow {
        tenant_id: tenant,
        source: callback.source.clone(),
        provider_event_id: event.to_owned(),
        bank_credit_id: credit,
        notice_digest: Some(digest.to_vec()),
        reported_at: now.micros(),
        audit_sequence,
    });
    evidence.add_report(callback, notice, digest, credit);
    let detail = "booked from the statement before".to_owned();
    Ok(Message::of_credit(
        CreditOutcome::Duplicate,
        notice,
        credit,
        Some(detail),
    ))
}
