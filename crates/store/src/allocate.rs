//! Giving parts of a credit to requests, and taking them back: allocations, states, events and receipts. The
//! entry that moves the money is the caller's.

use crate::StoreError;
use crate::event::{EventType, PaymentData, RequestData, Subject};
use crate::payment_request::PaymentRequest;
use crate::receipt;
use crate::writer::{AllocationRow, Batch, PostedEntry};
use ledger::AccountCode;
use ledger::rules::payment_settled::Settlement;
use ledger::rules::{Covered, RequestPart};
use money::Vnd;
use payment::{AllocationId, BankCreditId, CreditActId, RequestStatus, Timestamp};
use uuid::Uuid;

/// A part of a credit for one request.
pub(crate) struct Gift {
    pub(crate) request: PaymentRequest,
    pub(crate) amount: Vnd,
}

/// A part that was given, to be taken back.
pub(crate) struct Taken {
    pub(crate) allocation_id: Uuid,
    pub(crate) gift: Gift,
}

impl Gift {
    /// What the ledger has to know.
    pub(crate) fn part(&self) -> RequestPart<'_> {
        let request = &self.request;
        let payer = request.payer.id.clone();
        let payer = payer.unwrap_or_else(|| request.reference.to_string());
        RequestPart {
            lines: &request.lines,
            payer_credit: AccountCode::payer_credit(&payer),
            received_before: request.received,
            amount: self.amount,
        }
    }
}

/// The credit whose money moves, and on whose word.
pub(crate) struct Cause<'a> {
    pub(crate) tenant: Uuid,
    pub(crate) credit: BankCreditId,
    /// What the events say about it.
    pub(crate) payment: PaymentData<'a>,
    /// The act, when a person decided it.
    pub(crate) act: Option<CreditActId>,
    /// The rule that is kept with each allocation.
    pub(crate) rule: &'a str,
    /// When the money came: decides whether it is late.
    pub(crate) arrived_at: Timestamp,
    pub(crate) now: Timestamp,
}

/// Records that each gift was given by `entry`. The gifts were read through the batch and name
/// different requests; `settlement` was made of their parts, in the same order.
pub(crate) async fn give(
    batch: &mut Batch,
    cause: &Cause<'_>,
    gifts: Vec<Gift>,
    settlement: &Settlement,
    entry: PostedEntry,
) -> Result<(), StoreError> {
    for (gift, covered) in gifts.into_iter().zip(&settlement.covered) {
        let Gift {
            mut request,
            amount,
        } = gift;
        let row = allocation(batch, cause, &request, entry);
        batch.pending().allocations.push(AllocationRow {
            amount: amount.get(),
            collected: covered.collected.get(),
            ..row
        });
        let before = is_complete(request.status);
        advance(&mut request, covered, cause.arrived_at);
        tell(batch, cause, &mut request)?;
        if is_complete(request.status) && !before {
            receipt::issue_for(batch, cause.tenant, &request, cause.now).await?;
        }
    }
    Ok(())
}

/// Records that each part was taken back by `entry`; the other way round than [`give`].
pub(crate) async fn take_back(
    batch: &mut Batch,
    cause: &Cause<'_>,
    taken: Vec<Taken>,
    settlement: &Settlement,
    entry: PostedEntry,
) -> Result<(), StoreError> {
    for (taken, covered) in taken.into_iter().zip(&settlement.covered) {
        let Gift {
            mut request,
            amount,
        } = taken.gift;
        let row = allocation(batch, cause, &request, entry);
        batch.pending().allocations.push(AllocationRow {
            amount: amount.negated().get(),
            collected: covered.collected.negated().get(),
            reverses: Some(taken.allocation_id),
            ..row
        });
        let before = is_complete(request.status);
        retreat(&mut request, covered, cause.now);
        tell(batch, cause, &mut request)?;
        if before && !is_complete(request.status) {
            receipt::withdraw_for(batch, cause.tenant, &request, cause.now).await?;
        }
    }
    Ok(())
}

fn allocation(
    batch: &Batch,
    cause: &Cause<'_>,
    request: &PaymentRequest,
    entry: PostedEntry,
) -> AllocationRow {
    AllocationRow {
        tenant_id: cause.tenant,
        allocation_id: AllocationId::from_uuid(batch.new_id()).uuid(),
        bank_credit_id: cause.credit.uuid(),
        payment_request_id: request.id.uuid(),
        journal_entry_id: entry.id.uuid(),
        amount: 0,
        rule: cause.rule.to_owned(),
        allocated_at: cause.now.micros(),
        collected: 0,
        credit_act_id: cause.act.map(CreditActId::uuid),
        reverses: None,
    }
}

/// Takes the request's next version over and tells it.
fn tell(
    batch: &mut Batch,
    cause: &Cause<'_>,
    request: &mut PaymentRequest,
) -> Result<(), StoreError> {
    batch.advance_request(cause.tenant, request)?;
    batch.event(
        cause.tenant,
        EventType::after_money(request.status, request.late),
        &Subject::request(request),
        &RequestData::new(request, Some(cause.payment.clone())),
        cause.now,
    )
}

/// The request after money came for it.
fn advance(request: &mut PaymentRequest, covered: &Covered, arrived_at: Timestamp) {
    let past_expiry = request
        .expires_at
        .is_some_and(|expiry| arrived_at >= expiry);
    request.late |= request.status == RequestStatus::Expired || past_expiry;
    request.received = covered.received;
    request.status = RequestStatus::after_allocation(request.amount, covered.received);
    if is_complete(request.status) && request.paid_at.is_none() {
        request.paid_at = Some(arrived_at);
    }
}

/// The request after money was taken back: where it would stand without it.
fn retreat(request: &mut PaymentRequest, covered: &Covered, now: Timestamp) {
    request.received = covered.received;
    request.status = RequestStatus::after_allocation(request.amount, covered.received);
    if !is_complete(request.status) {
        request.paid_at = None;
    }
    if request.status == RequestStatus::Open {
        request.late = false;
        if request.expires_at.is_some_and(|expiry| now >= expiry) {
            request.status = RequestStatus::Expired;
        }
    }
}

const fn is_complete(status: RequestStatus) -> bool {
    matches!(status, RequestStatus::Paid | RequestStatus::Overpaid)
}
