//! What a statement cannot check: digests over bytes, the callbacks read once more, the hash chain.
//!
//! Tables are walked in pages by key, so that memory stays bounded however large they are.

use super::statements::{Taken, TakenRow};
use crate::payment_request::terms_digest;
use crate::{StoreError, Tx};
use ledger::invariants::{Invariant, Violation};
use ledger::{ChainHash, ChainRecord};
use payment::{BusinessDate, PayeeAccountId, PaymentRequestId, ReceiptId, StatementImportId};
use reconciler::callback::{AuthenticCallback, Dialect, Notice};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

const PAGE: i64 = 500;

#[derive(sqlx::FromRow)]
struct CallbackRow {
    tenant_id: Uuid,
    callback_id: Uuid,
    dialect: String,
    account: Option<String>,
    body: Vec<u8>,
    body_digest: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct CreditRow {
    bank_credit_id: Uuid,
    provider_event_id: String,
    notice_digest: Vec<u8>,
    amount: i64,
    account_number: String,
    memo: String,
    bank_reference: Option<String>,
    booked_at: i64,
}

#[derive(sqlx::FromRow)]
struct AuditRow {
    tenant_id: Uuid,
    sequence: i64,
    at: i64,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    hash: Vec<u8>,
}

/// What an audit record of a booked credit says; see `settle::BookedDetail`.
#[derive(Deserialize)]
struct Booked {
    callback_digest: String,
    notice_digest: String,
    entry_sequence: i64,
    amount: i64,
    account_number: String,
    payment_request_id: Option<PaymentRequestId>,
    #[serde(default)]
    parts: Vec<BookedPart>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct BookedPart {
    payment_request_id: PaymentRequestId,
    amount: i64,
}

impl Booked {
    /// Who got how much, in the order of the requests.
    fn given(&self) -> Vec<(Uuid, i64)> {
        let only = self.payment_request_id.iter();
        let only = only.map(|request| (request.uuid(), self.amount));
        let parts = self.parts.iter();
        let parts = parts.map(|part| (part.payment_request_id.uuid(), part.amount));
        let mut given: Vec<_> = only.chain(parts).collect();
        given.sort_unstable();
        given
    }
}

/// What an audit record of an act says; see `suspense::act::ActDetail`.
#[derive(Deserialize)]
struct Acted {
    act_id: payment::CreditActId,
    version: i64,
    amount: i64,
    entry_sequence: Option<i64>,
    reason: String,
}

#[derive(sqlx::FromRow)]
struct ActedRow {
    kind: String,
    amount: i64,
    version: i64,
    actor: String,
    reason: String,
    bank_credit_id: Uuid,
    sequence: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct BookedRow {
    account_number: String,
    payment_request_id: Option<Uuid>,
    given: Option<i64>,
    suspense_reason: Option<String>,
    notice_digest: Vec<u8>,
    amount: i64,
    body_digest: Vec<u8>,
    entry_sequence: i64,
}

/// What an audit record of a new request says.
#[derive(Deserialize)]
struct Created {
    amount: i64,
    payee_account_id: PayeeAccountId,
    terms_digest: String,
}

#[derive(sqlx::FromRow)]
struct CreatedRow {
    reference: String,
    amount: i64,
    payee_account_id: Uuid,
    lines: String,
    payload: Option<String>,
}

/// What an audit record of a payee's account says.
#[derive(Deserialize, PartialEq, Eq, sqlx::FromRow)]
struct AccountAdded {
    bank_bin: String,
    account_number: String,
    account_name: String,
}

pub(super) async fn check(tx: &mut Tx, violations: &mut Vec<Violation>) -> Result<(), StoreError> {
    callbacks(tx, violations).await?;
    chains(tx, violations).await
}

/// Every callback's bytes have their digest, and every credit says what its callback said.
async fn callbacks(tx: &mut Tx, violations: &mut Vec<Violation>) -> Result<(), StoreError> {
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        let page = fetch_all!(
            tx,
            CallbackRow,
            sql!("audit/callbacks"),
            after.0,
            after.1,
            PAGE
        )?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = (last.tenant_id, last.callback_id);
        for row in &page {
            let mut broken = |what: &str| {
                violations.push(Violation {
                    invariant: Invariant::I5,
                    row: format!(
                        "callback {} (tenant {})",
                        row.callback_id.simple(),
                        row.tenant_id.simple()
                    ),
                    detail: what.to_owned(),
                });
            };
            if Sha256::digest(&row.body).as_slice() != row.body_digest {
                broken("the stored bytes do not have the stored digest");
            }
            let credits = fetch_all!(
                tx,
                CreditRow,
                sql!("audit/credits_of_callback"),
                row.tenant_id,
                row.callback_id
            )?;
            if credits.is_empty() {
                continue;
            }
            let notices = Dialect::parse(&row.dialect).and_then(|dialect| {
                AuthenticCallback::from_store(dialect, &row.body)
                    .booked_on(row.account.as_deref())
                    .read()
                    .ok()
            });
            let Some(notices) = notices else {
                broken("credits were booked from it and it cannot be read");
                continue;
            };
            for credit in &credits {
                compare(credit, &notices, row.tenant_id, violations);
            }
        }
    }
}

fn compare(credit: &CreditRow, notices: &[Notice], tenant: Uuid, violations: &mut Vec<Violation>) {
    let mut broken = |detail: String| {
        violations.push(Violation {
            invariant: Invariant::I5,
            row: format!(
                "bank_credit {} (tenant {})",
                credit.bank_credit_id.simple(),
                tenant.simple()
            ),
            detail,
        });
    };
    let Some(notice) = notices
        .iter()
        .find(|notice| notice.provider_event_id == credit.provider_event_id)
    else {
        broken("its callback does not report it".to_owned());
        return;
    };
    if Sha256::digest(notice.digest_text()).as_slice() != credit.notice_digest {
        broken("the callback now reads differently".to_owned());
    }
    if notice.amount.get() != credit.amount {
        broken(format!(
            "the amount: expected {}, found {}",
            notice.amount, credit.amount
        ));
    }
    let same_text = notice.account_number == credit.account_number
        && notice.memo == credit.memo
        && notice.bank_reference == credit.bank_reference
        && notice.booked_at.micros() == credit.booked_at;
    if !same_text {
        broken(
            "the account, memo, bank reference or time is not what the callback says".to_owned(),
        );
    }
}

/// Every tenant's audit chain holds, ends at the tenant's head, and agrees with what it speaks of.
async fn chains(tx: &mut Tx, violations: &mut Vec<Violation>) -> Result<(), StoreError> {
    let mut heads: BTreeMap<Uuid, ChainHash> = BTreeMap::new();
    let mut after = (Uuid::nil(), 0i64);
    loop {
        let page = fetch_all!(tx, AuditRow, sql!("audit/records"), after.0, after.1, PAGE)?;
        let Some(last) = page.last() else { break };
        after = (last.tenant_id, last.sequence);
        for row in &page {
            let before = heads
                .get(&row.tenant_id)
                .copied()
                .unwrap_or(ChainHash::GENESIS);
            let expected = before.next(&ChainRecord {
                sequence: row.sequence,
                at_micros: row.at,
                actor: &row.actor,
                action: &row.action,
                subject: &row.subject,
                detail: &row.detail,
            });
            let stored = ChainHash::from_bytes(&row.hash);
            if stored != Some(expected) {
                violations.push(Violation {
                    invariant: Invariant::I5,
                    row: format!(
                        "audit_record #{} (tenant {})",
                        row.sequence,
                        row.tenant_id.simple()
                    ),
                    detail: "the hash chain breaks here".to_owned(),
                });
            }
            // Go on from what is stored, so that one damaged record is named once.
            heads.insert(row.tenant_id, stored.unwrap_or(expected));
            match row.action.as_str() {
                "payment.settled" | "payment.in_suspense" => booked(tx, row, violations).await?,
                "payment_request.created" => created(tx, row, violations).await?,
                action if action.starts_with("credit.") => acted(tx, row, violations).await?,
                "payment.reported" => reported(tx, row, violations).await?,
                "statement.taken" => taken(tx, row, violations).await?,
                "reconciliation.explained" => explained(tx, row, violations).await?,
                "receipt.issued" => receipt_issued(tx, row, violations).await?,
                "receipt.cancelled" => receipt_cancelled(tx, row, violations).await?,
                "payee_account.added" => account_added(tx, row, violations).await?,
                _ => {}
            }
        }
    }
    let stored = fetch_all!(tx, (Uuid, Vec<u8>), sql!("audit/heads"))?;
    for (tenant, hash) in stored {
        let expected = heads.get(&tenant).copied().unwrap_or(ChainHash::GENESIS);
        if ChainHash::from_bytes(&hash) != Some(expected) {
            violations.push(Violation {
                invariant: Invariant::I5,
                row: format!("tenant_head (tenant {})", tenant.simple()),
                detail: "the audit chain does not end at the head's hash".to_owned(),
            });
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ReceiptRow {
    fee_kind: String,
    form_code: String,
    series: String,
    year: i64,
    number: i64,
    amount: i64,
    issued_on: i64,
    content: String,
    payment_request_id: Uuid,
    reason: Option<String>,
}

/// What an audit record of a receipt says.
#[derive(Deserialize)]
struct ReceiptIssued {
    digest: String,
}

/// What an audit record of a cancelled receipt says.
#[derive(Deserialize)]
struct ReceiptCancelled {
    reason: String,
}

async fn recorded_receipt(
    tx: &mut Tx,
    record: &AuditRow,
) -> Result<Option<ReceiptRow>, StoreError> {
    let id: Option<ReceiptId> = record.subject.parse().ok();
    let id = id.map_or(Uuid::nil(), ReceiptId::uuid);
    fetch_optional!(tx, ReceiptRow, sql!("audit/receipt"), record.tenant_id, id)
}

fn receipt_violation(record: &AuditRow, detail: &str) -> Violation {
    Violation {
        invariant: Invariant::I14,
        row: format!(
            "receipt {} (tenant {})",
            record.subject,
            record.tenant_id.simple()
        ),
        detail: detail.to_owned(),
    }
}

/// The receipt that a record speaks of is still there and the same, and its lines are its amount.
async fn receipt_issued(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let said: Option<ReceiptIssued> = serde_json::from_str(&record.detail).ok();
    let row = recorded_receipt(tx, record).await?;
    let holds = said.zip(row).is_some_and(|(said, row)| {
        let content: Option<ledger::receipt::Content> = serde_json::from_str(&row.content).ok();
        let lines: Option<i64> = content.map(|content| {
            let amounts = content.lines.iter().map(|line| line.amount.get());
            amounts.sum()
        });
        let terms = crate::receipt::Terms {
            request: row.payment_request_id,
            kind: &row.fee_kind,
            form_code: &row.form_code,
            series: &row.series,
            year: row.year,
            number: row.number,
            amount: row.amount,
            issued_on: row.issued_on,
            content: &row.content,
        };
        terms.digest() == said.digest && lines == Some(row.amount)
    });
    if !holds {
        violations.push(receipt_violation(record, "is not as it was issued"));
    }
    Ok(())
}

/// The cancellation that a record speaks of is still there, for the same reason.
async fn receipt_cancelled(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let said: Option<ReceiptCancelled> = serde_json::from_str(&record.detail).ok();
    let row = recorded_receipt(tx, record).await?;
    let reason = row.and_then(|row| row.reason);
    if said.is_none_or(|said| Some(said.reason) != reason) {
        violations.push(receipt_violation(record, "is not cancelled as it was"));
    }
    Ok(())
}

/// The credit, the callback and the entry that a record speaks of are still there and the same.
async fn booked(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let mut broken = |what: &str| {
        violations.push(Violation {
            invariant: Invariant::I5,
            row: format!(
                "bank_credit {} (tenant {})",
                record.subject,
                record.tenant_id.simple()
            ),
            detail: format!("{what} (audit record #{})", record.sequence),
        });
    };
    let (Ok(id), Ok(said)) = (
        record.subject.parse::<payment::BankCreditId>(),
        serde_json::from_str::<Booked>(&record.detail),
    ) else {
        broken("its audit record cannot be read");
        return Ok(());
    };
    let rows = fetch_all!(
        tx,
        BookedRow,
        sql!("audit/booked"),
        record.tenant_id,
        id.uuid()
    )?;
    let Some(row) = rows.first() else {
        broken("it was booked, and the credit, its callback or its entry is gone");
        return Ok(());
    };
    if row.amount != said.amount {
        broken("the amount is not the one that was booked");
    }
    let mut given: Vec<(Uuid, i64)> = rows
        .iter()
        .filter_map(|row| Some((row.payment_request_id?, row.given?)))
        .collect();
    given.sort_unstable();
    if given != said.given() {
        broken("it is given to another request than the one it paid");
    }
    if row.account_number != said.account_number || row.suspense_reason != said.reason {
        broken("the account or the reason is not the one that was booked");
    }
    if row.entry_sequence != said.entry_sequence {
        broken("the journal entry is not the one that was made");
    }
    if hex::encode(&row.body_digest) != said.callback_digest {
        broken("the callback is not the one that came in");
    }
    if hex::encode(&row.notice_digest) != said.notice_digest {
        broken("the notice is not the one that was booked");
    }
    Ok(())
}

/// The act that a record speaks of is still there and the same.
async fn acted(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let Ok(said) = serde_json::from_str::<Acted>(&record.detail) else {
        changed(
            violations,
            "bank_credit",
            record,
            "its audit record cannot be read",
        );
        return Ok(());
    };
    let row = fetch_optional!(
        tx,
        ActedRow,
        sql!("audit/act"),
        record.tenant_id,
        said.act_id.uuid()
    )?;
    let same = row.is_some_and(|row| {
        record.action == format!("credit.{}", row.kind)
            && record.subject == payment::BankCreditId::from_uuid(row.bank_credit_id).to_string()
            && record.actor == row.actor
            && (said.amount, said.version, said.entry_sequence)
                == (row.amount, row.version, row.sequence)
            && said.reason == row.reason
    });
    if !same {
        changed(
            violations,
            "bank_credit",
            record,
            "the act is not the one that was decided",
        );
    }
    Ok(())
}

fn changed(violations: &mut Vec<Violation>, table: &str, record: &AuditRow, what: &str) {
    violations.push(Violation {
        invariant: Invariant::I5,
        row: format!(
            "{table} {} (tenant {})",
            record.subject,
            record.tenant_id.simple()
        ),
        detail: format!("{what} (audit record #{})", record.sequence),
    });
}

/// What an audit record of reports says; see `statement::post`.
#[derive(Deserialize)]
struct Reported {
    digest: String,
}

/// The reports that a record stands for are still there and the same.
async fn reported(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let rows = fetch_all!(
        tx,
        (String, Uuid),
        sql!("audit/reported"),
        record.tenant_id,
        record.sequence
    )?;
    let digest = crate::statement::reports_digest(
        rows.iter().map(|(event, credit)| (event.as_str(), *credit)),
    );
    let said = serde_json::from_str::<Reported>(&record.detail);
    if !said.is_ok_and(|said| said.digest == digest) {
        let what = "the reports are not those that were recorded";
        changed(violations, "credit_report", record, what);
    }
    Ok(())
}

/// A file that was taken is still there, and described as it was.
async fn taken(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let id = record.subject.parse::<StatementImportId>();
    let row = fetch_optional!(
        tx,
        TakenRow,
        sql!("audit/taken"),
        record.tenant_id,
        id.map_or(Uuid::nil(), StatementImportId::uuid)
    )?;
    let said = serde_json::from_str::<Taken>(&record.detail).ok();
    let same = said
        .zip(row)
        .is_some_and(|(said, row)| said.is(&row, &record.actor, record.at));
    if !same {
        let what = "the import is not the one that was taken";
        changed(violations, "statement_import", record, what);
    }
    Ok(())
}

/// What an audit record of an explanation says; see `reconciliation::explain`.
#[derive(Deserialize)]
struct Explained {
    explanation_id: String,
    account_number: String,
    business_date: BusinessDate,
    reason: String,
}

/// What a person said about an item is still what was said.
async fn explained(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let said = serde_json::from_str::<Explained>(&record.detail).ok();
    let id = said
        .as_ref()
        .and_then(|said| Uuid::try_parse(&said.explanation_id).ok())
        .unwrap_or_default();
    let row = fetch_optional!(
        tx,
        (String, i64, String, String, String),
        sql!("audit/explained"),
        record.tenant_id,
        id
    )?;
    let said = said.map(|said| {
        let day = said.business_date.as_number();
        let (item, actor) = (record.subject.clone(), record.actor.clone());
        (said.account_number, day, item, said.reason, actor)
    });
    if said.is_none() || said != row {
        let what = "the explanation is not the one that was given";
        changed(violations, "reconciliation_explanation", record, what);
    }
    Ok(())
}

/// A request still asks for the same, for the same things, to the same account.
async fn created(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let (Ok(id), Ok(said)) = (
        record.subject.parse::<PaymentRequestId>(),
        serde_json::from_str::<Created>(&record.detail),
    ) else {
        changed(
            violations,
            "payment_request",
            record,
            "its audit record cannot be read",
        );
        return Ok(());
    };
    let row = fetch_optional!(
        tx,
        CreatedRow,
        sql!("audit/created"),
        record.tenant_id,
        id.uuid()
    )?;
    let Some(row) = row else {
        changed(
            violations,
            "payment_request",
            record,
            "it was made, and it is gone",
        );
        return Ok(());
    };
    let terms = terms_digest(&row.reference, &row.lines, row.payload.as_deref());
    if row.amount != said.amount || terms != said.terms_digest {
        changed(
            violations,
            "payment_request",
            record,
            "the reference, amount, lines or QR content changed",
        );
    }
    if row.payee_account_id != said.payee_account_id.uuid() {
        changed(
            violations,
            "payment_request",
            record,
            "the payee's account changed",
        );
    }
    Ok(())
}

/// A payee's account still is what was registered.
async fn account_added(
    tx: &mut Tx,
    record: &AuditRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let (Ok(id), Ok(said)) = (
        record.subject.parse::<PayeeAccountId>(),
        serde_json::from_str::<AccountAdded>(&record.detail),
    ) else {
        changed(
            violations,
            "payee_account",
            record,
            "its audit record cannot be read",
        );
        return Ok(());
    };
    let row = fetch_optional!(
        tx,
        AccountAdded,
        sql!("audit/payee_account"),
        record.tenant_id,
        id.uuid()
    )?;
    if row.as_ref() != Some(&said) {
        changed(
            violations,
            "payee_account",
            record,
            "the bank, number or name is not what was registered",
        );
    }
    Ok(())
}
