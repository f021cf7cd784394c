//! Taking the next number of a series, and writing the receipt that has it.

use super::{Receipt, Terms, of_request};
use crate::payment_request::PaymentRequest;
use crate::tenant::profile;
use crate::writer::{Batch, ReceiptCancellationRow, ReceiptNumberRow, ReceiptSeriesRow};
use crate::{StoreError, Tx};
use ledger::receipt::{
    Book, Collector, Content, Means, NUMBER_MAX, ReceiptLine, Replaced, SignerKind, lines_of,
};
use money::Vnd;
use payment::{FeeKind, ReceiptId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The actor of what a settlement causes.
pub(super) const SYSTEM: &str = "system";

/// Why a receipt was cancelled whose money was taken back.
const TAKEN_BACK: &str = "Tiền đã được chuyển khỏi yêu cầu thanh toán";

/// A tenant's books of receipts as the batch sees them, while the tenant's head is locked.
#[derive(Debug)]
pub(crate) struct Books {
    books: Vec<Book>,
    collector: Collector,
    /// The last number of each form, series and year, and whether it is still to be written.
    last: BTreeMap<(String, String, i64), (i64, bool)>,
}

#[derive(sqlx::FromRow)]
struct BookRow {
    fee_kind: String,
    form_code: String,
    series: String,
    signer: String,
}

impl Books {
    /// Reads them, or nothing when the tenant issues no receipts. The head is locked, and every number that
    /// was given out before is written.
    pub(crate) async fn read(
        tx: &mut Tx,
        tenant: Uuid,
        name: &str,
    ) -> Result<Option<Self>, StoreError> {
        let rows = fetch_all!(tx, BookRow, sql!("receipt/books"), tenant)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let wrong = |column| StoreError::Inconsistent {
            table: "receipt_book",
            column,
        };
        let books = rows.into_iter().map(|row| {
            let kind = FeeKind::parse(&row.fee_kind).ok_or(wrong("fee_kind"))?;
            let signer = SignerKind::parse(&row.signer).ok_or(wrong("signer"))?;
            Book::try_new(kind, &row.form_code, &row.series, signer).map_err(|_| wrong("series"))
        });
        let books = books.collect::<Result<Vec<_>, StoreError>>()?;
        let profile = profile(tx, tenant).await?;
        let last = fetch_all!(
            tx,
            (String, String, i64, i64),
            sql!("receipt/series"),
            tenant
        )?;
        Ok(Some(Self {
            books,
            collector: Collector {
                name: name.to_owned(),
                tax_code: profile.tax_code,
                address: profile.address,
            },
            last: last
                .into_iter()
                .map(|(form, series, year, number)| ((form, series, year), (number, false)))
                .collect(),
        }))
    }

    /// The numbers that are still to be written.
    pub(crate) fn take_changes(&mut self, tenant: Uuid) -> Vec<ReceiptSeriesRow> {
        let mut rows = Vec::new();
        for ((form_code, series, year), (last_number, changed)) in &mut self.last {
            if std::mem::take(changed) {
                rows.push(ReceiptSeriesRow {
                    tenant_id: tenant,
                    form_code: form_code.clone(),
                    series: series.clone(),
                    year: *year,
                    last_number: *last_number,
                });
            }
        }
        rows
    }

    /// Whether there is a next number for this kind.
    pub(crate) fn can_number(&self, kind: FeeKind, year: i16) -> bool {
        self.books
            .iter()
            .find(|book| book.kind() == kind)
            .is_some_and(|book| {
                let key = (
                    book.form_code().to_owned(),
                    book.series_of(year),
                    i64::from(year),
                );
                self.last
                    .get(&key)
                    .is_none_or(|(last, _)| *last < NUMBER_MAX)
            })
    }

    /// The next number; none when the series is used up.
    fn next(&mut self, form_code: &str, series: &str, year: i64) -> Option<i64> {
        let key = (form_code.to_owned(), series.to_owned(), year);
        let (last, changed) = self.last.entry(key).or_default();
        if *last >= NUMBER_MAX {
            return None;
        }
        *last += 1;
        *changed = true;
        Some(*last)
    }
}

/// What the audit chain keeps of a receipt.
#[derive(Serialize)]
struct IssuedDetail<'a> {
    form_code: &'a str,
    series: &'a str,
    number: i64,
    digest: String,
}

/// What the audit chain keeps of a cancelled one.
#[derive(Serialize)]
pub(super) struct CancelledDetail<'a> {
    pub(super) reason: &'a str,
}

/// A receipt to be numbered.
pub(super) struct Draft<'a> {
    pub(super) id: ReceiptId,
    pub(super) request: &'a PaymentRequest,
    pub(super) kind: FeeKind,
    pub(super) lines: Vec<ReceiptLine>,
    pub(super) payer_name: Option<String>,
    pub(super) replaces: Option<Replaced>,
    pub(super) actor: &'a str,
    pub(super) at: Timestamp,
}

/// Numbers a receipt and adds it to the batch. Answers whether there is one: without a book, or when the
/// year's seven digits are used up, there is none, and the money is settled all the same.
pub(super) async fn issue(
    batch: &mut Batch,
    tenant: Uuid,
    draft: Draft<'_>,
) -> Result<bool, StoreError> {
    let issued_on = draft.at.business_date();
    let year = issued_on.year();
    let Some(books) = batch.receipt_books(tenant).await? else {
        return Ok(false);
    };
    let Some(book) = books.books.iter().find(|book| book.kind() == draft.kind) else {
        return Ok(false);
    };
    let (form_code, series, signer) = (
        book.form_code().to_owned(),
        book.series_of(year),
        book.signer(),
    );
    let Some(number) = books.next(&form_code, &series, i64::from(year)) else {
        tracing::error!(%form_code, %series, "a series of receipts is used up: no receipt is issued");
        return Ok(false);
    };
    let amount = Vnd::sum(draft.lines.iter().map(|line| line.amount))?;
    let replaces = draft.replaces.as_ref().map(|replaced| replaced.id.uuid());
    let content = Content {
        collector: books.collector.clone(),
        payer_name: draft.payer_name,
        reference: draft.request.reference.to_string(),
        external_id: draft.request.external_id.clone(),
        means: if draft.request.amount.is_zero() {
            Means::NothingDue
        } else {
            Means::Transfer
        },
        lines: draft.lines,
        replaces: draft.replaces,
    };
    let content = serde_json::to_string(&content).map_err(|_| super::wrong("content"))?;
    let digest = Terms {
        request: draft.request.id.uuid(),
        kind: draft.kind.as_str(),
        form_code: &form_code,
        series: &series,
        year: i64::from(year),
        number,
        amount: amount.get(),
        issued_on: issued_on.as_number(),
        content: &content,
    }
    .digest();
    batch.audit(
        tenant,
        draft.actor,
        "receipt.issued",
        &draft.id.to_string(),
        &IssuedDetail {
            form_code: &form_code,
            series: &series,
            number,
            digest,
        },
        draft.at,
    )?;
    batch.pending().receipts.push(ReceiptNumberRow {
        tenant_id: tenant,
        receipt_id: draft.id.uuid(),
        payment_request_id: draft.request.id.uuid(),
        fee_kind: draft.kind.as_str().to_owned(),
        form_code,
        series,
        year: i64::from(year),
        number,
        amount: amount.get(),
        issued_on: issued_on.as_number(),
        issued_at: draft.at.micros(),
        content,
        signer: signer.as_str().to_owned(),
        actor: draft.actor.to_owned(),
        replaces,
    });
    Ok(true)
}

/// Issues the receipts of a request that has just become paid: one for its phí, one for its lệ phí.
pub(crate) async fn issue_for(
    batch: &mut Batch,
    tenant: Uuid,
    request: &PaymentRequest,
    at: Timestamp,
) -> Result<(), StoreError> {
    for kind in ledger::receipt::KINDS {
        let lines = lines_of(kind, &request.lines);
        if lines.is_empty() {
            continue;
        }
        let draft = Draft {
            id: ReceiptId::from_uuid(batch.new_id()),
            request,
            kind,
            lines,
            payer_name: request.payer.name.clone(),
            replaces: None,
            actor: SYSTEM,
            at,
        };
        issue(batch, tenant, draft).await?;
    }
    Ok(())
}

/// Cancels the receipts of a request whose money was taken back. It reads what is written: what earlier jobs
/// of the batch added is written before the caller adds anything.
pub(crate) async fn withdraw_for(
    batch: &mut Batch,
    tenant: Uuid,
    request: &PaymentRequest,
    at: Timestamp,
) -> Result<(), StoreError> {
    let receipts = of_request(batch.lookup(), tenant, request.id.uuid()).await?;
    for receipt in receipts {
        if receipt.cancellation.is_none() {
            cancel(batch, tenant, &receipt, TAKEN_BACK, SYSTEM, at)?;
        }
    }
    Ok(())
}

/// Cancels a receipt; its number stays.
pub(super) fn cancel(
    batch: &mut Batch,
    tenant: Uuid,
    receipt: &Receipt,
    reason: &str,
    actor: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    batch
        .pending()
        .receipt_cancellations
        .push(ReceiptCancellationRow {
            tenant_id: tenant,
            receipt_id: receipt.id.uuid(),
            reason: reason.to_owned(),
            actor: actor.to_owned(),
            cancelled_at: at.micros(),
        });
    batch.audit(
        tenant,
        actor,
        "receipt.cancelled",
        &receipt.id.to_string(),
        &CancelledDetail { reason },
        at,
    )
}
