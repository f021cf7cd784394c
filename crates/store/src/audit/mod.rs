//! Checking the stored data against the invariants, reading only.
//!
//! Two kinds of checks: statements under `sql/audit/` that answer the rows which break a rule, and
//! [`evidence`], which recomputes digests, reads the stored callbacks once more and walks the hash
//! chain. Everything runs on one snapshot, so that it can run beside a working gateway.

mod evidence;
mod gaps;
mod statements;

use crate::{Store, StoreError, Tx};
use ledger::invariants::{Invariant, Violation};
use serde::Serialize;
use uuid::Uuid;

/// Violations listed per check. A broken table would otherwise list itself whole.
const LISTED_MAX: i64 = 100;

/// What an audit found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The rows that break a promise; empty when all holds.
    pub violations: Vec<Violation>,
    /// How much was looked at.
    pub counted: Counted,
}

/// How much an audit looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Counted {
    /// Tenants.
    pub tenants: i64,
    /// Stored callbacks.
    pub callbacks: i64,
    /// Callbacks that wait to be settled.
    pub pending: i64,
    /// Booked credits.
    pub bank_credits: i64,
    /// Requests.
    pub payment_requests: i64,
    /// Journal entries.
    pub journal_entries: i64,
    /// Postings.
    pub postings: i64,
    /// Events.
    pub events: i64,
    /// Audit records.
    pub audit_records: i64,
}

/// A row that a statement under `sql/audit/` answered.
#[derive(Debug, sqlx::FromRow)]
struct BrokenRow {
    tenant_id: Uuid,
    /// The row's id, where it has one.
    key_id: Option<Uuid>,
    /// The row's code, where it has one.
    key_text: Option<String>,
    /// The row's number, where it has one.
    key_number: Option<i64>,
    expected: Option<i64>,
    found: Option<i64>,
}

struct Check {
    invariant: Invariant,
    table: &'static str,
    rule: &'static str,
    sql: crate::engine::Sql,
}

macro_rules! checks {
    ($($invariant:ident $table:literal ($($name:tt)+) $rule:literal;)*) => {
        const CHECKS: &[Check] = &[$(Check {
            invariant: Invariant::$invariant,
            table: $table,
            rule: $rule,
            sql: sql!($($name)+),
        },)*];
    };
}

checks! {
    I1 "journal_entry" ("audit/entry_unbalanced") "debits and credits differ";
    I1 "journal_entry" ("audit/entry_without_postings") "has fewer than two postings";
    I2 "posting" ("audit/posting_discontinuous") "the running balance does not follow from the posting before";
    I2 "posting" ("audit/posting_gap") "a posting is missing before this one";
    I2 "account" ("audit/account_differs") "the balance is not the sum of the postings";
    I2 "account" ("audit/account_missing") "has postings and no account row";
    I2 "account" ("audit/account_sequence") "the number of postings is not the account's sequence";
    I3 "account" ("audit/trial_balance") "the tenant's balances do not add up to zero";
    I5 "journal_entry" ("audit/journal_gap") "an entry is missing before this one";
    I5 "tenant_head" ("audit/journal_head") "the last entry is not the head's";
    I5 "event" ("audit/event_gap") "an event is missing before this one";
    I5 "tenant_head" ("audit/event_head") "the last event is not the head's";
    I5 "audit_record" ("audit/audit_gap") "a record is missing before this one";
    I5 "tenant_head" ("audit/audit_head") "the last record is not the head's";
    I5 "payment_request" (pair "audit/request_not_recorded") "nobody is on record for having made it";
    I5 "bank_credit" (pair "audit/act_not_recorded") "not every act on it is on record";
    I6 "callback" ("audit/callback_without_outcome") "neither waits nor has an outcome";
    I6 "callback" ("audit/callback_still_pending") "waits and has an outcome";
    I6 "callback_message" ("audit/message_gap") "a message is missing before this one";
    I6 "callback_message" ("audit/message_contradicts") "the outcome contradicts the credit";
    I6 "bank_credit" ("audit/credit_without_message") "no message of its callback made it";
    I6 "callback_message" ("audit/message_orphan") "belongs to no stored callback";
    I7 "bank_credit" ("audit/credit_entries") "does not have exactly one journal entry";
    I7 "bank_credit" ("audit/credit_amount_booked") "the entry does not book the credit's amount on its account";
    I8 "bank_credit" ("audit/credit_allocations") "the allocations contradict the outcome";
    I8 "bank_credit" ("audit/allocation_amount") "more is allocated than came, or less than nothing";
    I8 "allocation" ("audit/allocation_reversal") "takes back what was not given so";
    I8 "credit_act" ("audit/act_allocations") "the allocations are not the act's amount";
    I8 "credit_act" ("audit/act_undone") "takes back what was not decided so";
    I10 "account" ("audit/bank_received") "the balance is not what was received less what was paid out";
    I10 "bank_credit" ("audit/credit_held") "received is not allocated, set aside and held together";
    I10 "credit_act" ("audit/entry_of_act") "the entry does not move the act's amount";
    I10 "account" ("audit/suspense_held") "suspense does not hold what nobody claimed";
    I13 "account" ("audit/owed") "the balance is not the shares less what was remitted";
    I13 "split_share" ("audit/shares_whole") "the shares do not add up to what was collected";
    I13 "split_share" ("audit/share_collected") "the journal collected something else on these days";
    I13 "remittance_payment" ("audit/remitted") "the amount is not spread whole over the order's lines";
    I14 "receipt_series" ("audit/receipt_gap") "a receipt is missing before this one";
    I14 "receipt_series" ("audit/receipt_series") "the last number is not the last receipt's";
    I14 "payment_request" ("audit/receipt_twice") "has several receipts of one kind that are not cancelled";
    I14 "receipt" ("audit/receipt_unpaid") "stands for money that is not there";
    I14 "receipt" (pair "audit/receipt_not_recorded") "nobody is on record for it";
    I5 "period" ("audit/period_seal") "the seal is not a record of the audit chain";
    I5 "journal_entry" ("audit/posted_when_closed") "stands on a day that was closed before it was posted";
    I5 "tenant_head" ("audit/closed_through") "the last closed day is not the last closed period's";
    I5 "statement_import" ("audit/import_lines") "does not hold the lines that it counted";
    I5 "credit_report" ("audit/report_not_recorded") "nobody is on record for it";
    I6 "statement_line" ("audit/line_without_place") "its import is done and it has no place in the books";
    I7 "statement_line" ("audit/line_in_two_places") "is booked more than once, or is money out and booked";
    I7 "bank_credit" ("audit/credit_of_statement") "is not a line of the statement that brought it";
    I8 "credit_report" ("audit/report_contradicts") "its line is not a movement of the credit's account and amount";
    I11 "payment_request" ("audit/request_received") "the amount received is not the sum of the allocations";
    I11 "payment_request" ("audit/request_status") "the status does not follow from what was received";
    I11 "payment_request" ("audit/request_lines") "what its items got is not what was received up to the amount";
    I11 "journal_entry" ("audit/entry_collected") "the collected postings are not what its allocations say";
    I15 "payment_request" (pair "audit/request_events") "does not have one event per version";
    I15 "bank_credit" (pair "audit/suspense_event") "does not have one event per version";
    I15 "delivery" ("audit/delivery_state") "delivered without a successful attempt";
    I15 "delivery" ("audit/delivery_stranded") "waits for an endpoint that is switched off";
    I15 "delivery" ("audit/delivery_orphan") "belongs to no event";
    I18 "journal_entry" ("audit/entry_orphan") "points to a credit that the tenant does not have";
    I18 "posting" ("audit/posting_orphan") "belongs to no journal entry";
    I18 "allocation" ("audit/allocation_orphan") "points to a credit, a request or an entry that the tenant does not have";
}

impl Store {
    /// Checks every invariant that exists so far, on one snapshot.
    ///
    /// # Errors
    /// [`StoreError`] when the data cannot be read at all.
    pub async fn audit(&self) -> Result<Findings, StoreError> {
        let mut tx = self.read_long().await?;
        let counted = fetch_one!(&mut tx, Counted, sql!("audit/counted"))?;
        let mut violations = Vec::new();
        for check in CHECKS {
            run_check(&mut tx, check, &mut violations).await?;
        }
        evidence::check(&mut tx, &mut violations).await?;
        gaps::check(&mut tx, &mut violations).await?;
        statements::check(&mut tx, &mut violations).await?;
        Ok(Findings {
            violations,
            counted,
        })
    }
}

async fn run_check(
    tx: &mut Tx,
    check: &Check,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    for row in fetch_all!(tx, BrokenRow, check.sql, LISTED_MAX)? {
        violations.push(Violation {
            invariant: check.invariant,
            row: row.name(check.table),
            detail: row.detail(check.rule),
        });
    }
    Ok(())
}

impl BrokenRow {
    fn name(&self, table: &str) -> String {
        let mut name = table.to_owned();
        if let Some(id) = self.key_id {
            name.push_str(&format!(" {}", id.simple()));
        }
        if let Some(text) = &self.key_text {
            name.push_str(&format!(" {text}"));
        }
        if let Some(number) = self.key_number {
            name.push_str(&format!(" #{number}"));
        }
        format!("{name} (tenant {})", self.tenant_id.simple())
    }

    fn detail(&self, rule: &str) -> String {
        match (self.expected, self.found) {
            (Some(expected), Some(found)) => format!("{rule}: expected {expected}, found {found}"),
            (Some(expected), None) => format!("{rule}: expected {expected}, found nothing"),
            (None, Some(found)) => format!("{rule}: found {found}"),
            (None, None) => rule.to_owned(),
        }
    }
}
