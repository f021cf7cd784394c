//! Receipts: numbered in the transaction that settles, cancelled and replaced, printed.
//!
//! A number is taken from the series in the memory of the batch, under the lock on the tenant's head, and is
//! written with its receipt and the money in one commit. So there is no gap and no repeat, whatever fails.

mod act;
mod issue;

pub use act::{CancelReceipt, Cancelling, PrintReceipt, ReplaceReceipt, Replacing};
pub(crate) use issue::{Books, issue_for, withdraw_for};

use crate::{Store, StoreError, TenantScope, Tx};
use ledger::receipt::{Content, SignerKind};
use money::Vnd;
use payment::{BusinessDate, FeeKind, PaymentRequestId, ReceiptId, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// That a receipt was cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Why.
    pub reason: String,
    /// Who did it; `system` when the money was taken back.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// A stored receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// What was paid.
    pub payment_request: PaymentRequestId,
    /// Phí or lệ phí.
    pub kind: FeeKind,
    /// Ký hiệu mẫu.
    pub form_code: String,
    /// Ký hiệu.
    pub series: String,
    /// Its number in the series, from 1.
    pub number: i64,
    /// The sum of its lines.
    pub amount: Vnd,
    /// Its day, in Vietnam.
    pub issued_on: BusinessDate,
    /// When.
    pub issued_at: Timestamp,
    /// What stands on it.
    pub content: Content,
    /// Who signs it.
    pub signer: SignerKind,
    /// Who issued it; `system` at a settlement.
    pub actor: String,
    /// The receipt that it replaces.
    pub replaces: Option<ReceiptId>,
    /// The receipt that replaces it.
    pub replaced_by: Option<ReceiptId>,
    /// That it was cancelled.
    pub cancellation: Option<Cancellation>,
    /// How often it was printed.
    pub prints: i64,
}

#[derive(sqlx::FromRow)]
struct ReceiptRow {
    receipt_id: Uuid,
    payment_request_id: Uuid,
    fee_kind: String,
    form_code: String,
    series: String,
    number: i64,
    amount: i64,
    issued_on: i64,
    issued_at: i64,
    content: String,
    signer: String,
    actor: String,
    replaces: Option<Uuid>,
    replaced_by: Option<Uuid>,
    cancel_reason: Option<String>,
    cancelled_by: Option<String>,
    cancelled_at: Option<i64>,
    prints: i64,
}

const fn wrong(column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: "receipt",
        column,
    }
}

impl TryFrom<ReceiptRow> for Receipt {
    type Error = StoreError;

    fn try_from(row: ReceiptRow) -> Result<Self, StoreError> {
        let cancellation = match (row.cancel_reason, row.cancelled_by, row.cancelled_at) {
            (Some(reason), Some(actor), Some(at)) => Some(Cancellation {
                reason,
                actor,
                at: Timestamp::from_micros(at),
            }),
            _ => None,
        };
        Ok(Self {
            id: ReceiptId::from_uuid(row.receipt_id),
            payment_request: PaymentRequestId::from_uuid(row.payment_request_id),
            kind: FeeKind::parse(&row.fee_kind).ok_or(wrong("fee_kind"))?,
            form_code: row.form_code,
            series: row.series,
            number: row.number,
            amount: Vnd::new(row.amount).map_err(|_| wrong("amount"))?,
            issued_on: BusinessDate::from_number(row.issued_on).map_err(|_| wrong("issued_on"))?,
            issued_at: Timestamp::from_micros(row.issued_at),
            content: serde_json::from_str(&row.content).map_err(|_| wrong("content"))?,
            signer: SignerKind::parse(&row.signer).ok_or(wrong("signer"))?,
            actor: row.actor,
            replaces: row.replaces.map(ReceiptId::from_uuid),
            replaced_by: row.replaced_by.map(ReceiptId::from_uuid),
            cancellation,
            prints: row.prints,
        })
    }
}

/// What must never change in a receipt.
pub(crate) struct Terms<'a> {
    pub(crate) request: Uuid,
    pub(crate) kind: &'a str,
    pub(crate) form_code: &'a str,
    pub(crate) series: &'a str,
    pub(crate) year: i64,
    pub(crate) number: i64,
    pub(crate) amount: i64,
    pub(crate) issued_on: i64,
    pub(crate) content: &'a str,
}

impl Terms<'_> {
    /// SHA-256 over all of it. No text before the last can hold a line break, so none can imitate a border.
    pub(crate) fn digest(&self) -> String {
        let text = format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.request.simple(),
            self.kind,
            self.form_code,
            self.series,
            self.year,
            self.number,
            self.amount,
            self.issued_on,
            self.content
        );
        hex::encode(Sha256::digest(text))
    }
}

async fn by_id(tx: &mut Tx, tenant: Uuid, id: ReceiptId) -> Result<Option<Receipt>, StoreError> {
    fetch_optional!(tx, ReceiptRow, sql!("receipt/find"), tenant, id.uuid())?
        .map(Receipt::try_from)
        .transpose()
}

async fn of_request(tx: &mut Tx, tenant: Uuid, request: Uuid) -> Result<Vec<Receipt>, StoreError> {
    fetch_all!(tx, ReceiptRow, sql!("receipt/of_request"), tenant, request)?
        .into_iter()
        .map(Receipt::try_from)
        .collect()
}

impl Store {
    /// One receipt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receipt(
        &self,
        scope: &TenantScope,
        id: ReceiptId,
    ) -> Result<Option<Receipt>, StoreError> {
        by_id(&mut self.read().await?, scope.id(), id).await
    }

    /// The receipts of a request in the order in which they were issued, cancelled ones too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receipts_of(
        &self,
        scope: &TenantScope,
        request: PaymentRequestId,
    ) -> Result<Vec<Receipt>, StoreError> {
        of_request(&mut self.read().await?, scope.id(), request.uuid()).await
    }

    /// Receipts, newest first, before `before` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receipts(
        &self,
        scope: &TenantScope,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<Receipt>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), ReceiptId::uuid);
        fetch_all!(
            &mut tx,
            ReceiptRow,
            sql!("receipt/list"),
            scope.id(),
            before,
            limit
        )?
        .into_iter()
        .map(Receipt::try_from)
        .collect()
    }
}
