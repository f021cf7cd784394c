//! What people do with receipts: cancel, replace, print.

use super::issue::{Draft, cancel, issue};
use super::{Receipt, by_id, wrong};
use crate::writer::{Batch, Job};
use crate::{StoreError, TenantScope, Writer};
use ledger::receipt::{Replaced, lines_of};
use payment::{ReceiptId, RequestStatus, Timestamp};
use uuid::Uuid;

/// A wish to cancel a receipt.
#[derive(Clone, Debug)]
pub struct CancelReceipt {
    /// Whose.
    pub scope: TenantScope,
    /// Which.
    pub id: ReceiptId,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Cancelling {
    /// Cancelled, now or before for the same reason.
    Done(Box<Receipt>),
    /// Cancelled before, for another reason.
    Before(Box<Receipt>),
    /// No such receipt.
    Missing,
}

/// A wish to put a new receipt in the place of a wrong one.
#[derive(Clone, Debug)]
pub struct ReplaceReceipt {
    /// Whose.
    pub scope: TenantScope,
    /// The wrong one.
    pub id: ReceiptId,
    /// The id of the new one; the same on a second try.
    pub new_id: ReceiptId,
    /// Why.
    pub reason: String,
    /// The payer's name on the new one; without it the old one's.
    pub payer_name: Option<String>,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Replacing {
    /// The new receipt.
    Done(Box<Receipt>),
    /// Another one stands in its place already.
    Replaced(ReceiptId),
    /// The request is not paid whole, or another receipt of this kind holds for it.
    NotPaid,
    /// There is no book for this kind any more, or its series is used up.
    NoBook,
    /// No such receipt.
    Missing,
}

/// A wish to print a receipt.
#[derive(Clone, Debug)]
pub struct PrintReceipt {
    /// Whose.
    pub scope: TenantScope,
    /// Which.
    pub id: ReceiptId,
    /// The id of the print; the same on a second try.
    pub print_id: Uuid,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

impl Writer {
    /// Cancels a receipt; its number stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cancel_receipt(&self, wish: CancelReceipt) -> Result<Cancelling, StoreError> {
        self.submit(wish).await
    }

    /// Cancels a receipt where it is not cancelled yet, and issues another in its place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace_receipt(&self, wish: ReplaceReceipt) -> Result<Replacing, StoreError> {
        self.submit(wish).await
    }

    /// Records a print. Answers the receipt with the number of the copy; 0 is the original.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn print_receipt(
        &self,
        wish: PrintReceipt,
    ) -> Result<Option<(Receipt, i64)>, StoreError> {
        self.submit(wish).await
    }
}

impl Job for CancelReceipt {
    type Output = Cancelling;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Cancelling, StoreError> {
        let tenant = self.scope.id();
        let Some(receipt) = by_id(batch.tx().await?, tenant, self.id).await? else {
            return Ok(Cancelling::Missing);
        };
        match &receipt.cancellation {
            Some(before) if before.reason == self.reason => {
                return Ok(Cancelling::Done(Box::new(receipt)));
            }
            Some(_) => return Ok(Cancelling::Before(Box::new(receipt))),
            None => {}
        }
        cancel(batch, tenant, &receipt, &self.reason, &self.actor, self.at)?;
        let done = by_id(batch.tx().await?, tenant, self.id).await?;
        done.map(|done| Cancelling::Done(Box::new(done)))
            .ok_or(wrong("receipt_id"))
    }
}

impl Job for ReplaceReceipt {
    type Output = Replacing;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Replacing, StoreError> {
        let tenant = self.scope.id();
        if let Some(done) = by_id(batch.tx().await?, tenant, self.new_id).await? {
            return Ok(Replacing::Done(Box::new(done)));
        }
        let Some(old) = by_id(batch.tx().await?, tenant, self.id).await? else {
            return Ok(Replacing::Missing);
        };
        if let Some(newer) = old.replaced_by {
            return Ok(Replacing::Replaced(newer));
        }
        let request = batch
            .request_by_id(tenant, old.payment_request.uuid())
            .await?
            .ok_or(wrong("payment_request_id"))?;
        let is_paid = matches!(
            request.status,
            RequestStatus::Paid | RequestStatus::Overpaid
        );
        let beside =
            super::of_request(batch.tx().await?, tenant, old.payment_request.uuid()).await?;
        let another_holds = beside.iter().any(|other| {
            other.id != old.id && other.kind == old.kind && other.cancellation.is_none()
        });
        if !is_paid || another_holds {
            return Ok(Replacing::NotPaid);
        }
        if !batch.numbers_receipts(tenant, old.kind, self.at).await? {
            return Ok(Replacing::NoBook);
        }
        if old.cancellation.is_none() {
            cancel(batch, tenant, &old, &self.reason, &self.actor, self.at)?;
        }
        let payer_name = self.payer_name.clone();
        let draft = Draft {
            id: self.new_id,
            request: &request,
            kind: old.kind,
            lines: lines_of(old.kind, &request.lines),
            payer_name: payer_name.or(old.content.payer_name),
            replaces: Some(Replaced {
                id: old.id,
                form_code: old.form_code,
                series: old.series,
                number: old.number,
                issued_on: old.issued_on,
            }),
            actor: &self.actor,
            at: self.at,
        };
        issue(batch, tenant, draft).await?;
        let done = by_id(batch.tx().await?, tenant, self.new_id).await?;
        done.map(|done| Replacing::Done(Box::new(done)))
            .ok_or(wrong("receipt_id"))
    }
}

impl Job for PrintReceipt {
    type Output = Option<(Receipt, i64)>;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Option<(Receipt, i64)>, StoreError> {
        let tenant = self.scope.id();
        let Some(receipt) = by_id(batch.tx().await?, tenant, self.id).await? else {
            return Ok(None);
        };
        let before = fetch_optional!(
            batch.tx().await?,
            (Uuid, i64),
            sql!("receipt/print_by_id"),
            tenant,
            self.print_id
        )?;
        if let Some((_, copy)) = before {
            return Ok(Some((receipt, copy)));
        }
        let copy = receipt.prints;
        execute!(
            batch.tx().await?,
            sql!("receipt/insert_print"),
            tenant,
            self.print_id,
            self.id.uuid(),
            copy,
            &self.actor,
            self.at.micros()
        )?;
        batch.audit(
            tenant,
            &self.actor,
            "receipt.printed",
            &self.id.to_string(),
            &serde_json::json!({ "copy": copy }),
            self.at,
        )?;
        Ok(Some((receipt, copy)))
    }
}
