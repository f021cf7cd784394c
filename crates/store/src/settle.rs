//! From a stored callback to the books.
//!
//! Everything that one notice causes (the credit, the journal entry, the allocation, the request's
//! state, the event, the audit record, the outcome) is written in one transaction, and the callback
//! leaves the queue in the same one. Running it again finds the queue empty.
//!
//! A batch goes in three steps: what all its notices need is looked up together ([`Evidence`]), each
//! notice is decided in the order of arrival, and the rows of all of them are written together when
//! the batch commits. What one notice did is seen by the next, because both look at the same evidence.

mod evidence;

use crate::event::{EventType, PaymentData, RequestData, Subject, UnmatchedData};
use crate::payment_request::{PaymentRequest, by_reference_prefix, expire_due};
use crate::writer::{AllocationRow, Batch, CreditRow, MessageRow, PendingKey};
use crate::{Store, StoreError, TenantScope};
use ledger::AccountCode;
use ledger::rules::{credit_in_suspense, payment_settled};
use payment::{
    AllocationId, BankCreditId, BusinessDate, CallbackId, CreditOutcome, Reference, RequestStatus,
    SuspenseReason, Timestamp,
};
use reconciler::callback::{AuthenticCallback, Dialect, Notice};
use reconciler::matching::{self, Candidate, Decision};
use reconciler::memo;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

use evidence::{Evidence, Seen, Twin};

/// The rule by which money is given to a request without a person.
const EXACT_REFERENCE: &str = "exact_reference";
/// Places in one memo that are looked up as cut references: a hostile memo must not cost more.
const CUT_LOOKUPS_MAX: usize = 8;
/// A callback that fails again and again is put off for at most this long.
const PUT_OFF_SECONDS_MAX: i64 = 3600;

/// A callback in the queue.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Pending {
    tenant_id: Uuid,
    callback_id: Uuid,
    source: String,
    dialect: String,
    received_at: i64,
    body: Vec<u8>,
    attempts: i64,
}

impl Pending {
    pub(crate) fn callback_id(&self) -> CallbackId {
        CallbackId::from_uuid(self.callback_id)
    }
}

/// Whether a callback waits or a request is due to expire.
pub(crate) async fn has_work(store: &Store, now: Timestamp) -> Result<bool, StoreError> {
    let mut tx = store.read().await?;
    let (work,) = fetch_one!(&mut tx, (i64,), sql!("callback/has_work"), now.micros())?;
    Ok(work > 0)
}

/// Settles at most `limit` waiting callbacks, oldest first; when none waits, expires what is due.
/// Answers whether there may be more.
pub(crate) async fn settle_pending(batch: &mut Batch, limit: i64) -> Result<bool, StoreError> {
    let now = batch.now();
    let pending = fetch_all!(
        batch.lookup(),
        Pending,
        sql!(pair "callback/claim"),
        now.micros(),
        limit
    )?;
    if pending.is_empty() {
        let expired = expire_due(batch, now, limit).await?;
        return Ok(i64::try_from(expired).unwrap_or(limit) >= limit);
    }
    batch
        .lock_tenants(pending.iter().map(|callback| callback.tenant_id))
        .await?;
    settle_callbacks(batch, pending, now).await?;
    // An expiry may be due as well: look once more.
    Ok(true)
}

/// The callbacks that wait, without claiming them.
pub(crate) async fn pending_keys(
    store: &Store,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Pending>, StoreError> {
    let mut tx = store.read().await?;
    fetch_all!(
        &mut tx,
        Pending,
        sql!("callback/pending"),
        now.micros(),
        limit
    )
}

/// Settles one callback in a transaction of its own, if it still waits.
pub(crate) async fn settle_one(batch: &mut Batch, pending: &Pending) -> Result<(), StoreError> {
    let now = batch.now();
    let still = fetch_optional!(
        batch.lookup(),
        Pending,
        sql!(pair "callback/claim_one"),
        pending.tenant_id,
        pending.callback_id
    )?;
    let Some(still) = still else { return Ok(()) };
    batch.lock_tenants([still.tenant_id]).await?;
    settle_callbacks(batch, vec![still], now).await
}

/// Puts a callback that cannot be settled off, longer each time. It stays in the queue and in sight.
pub(crate) async fn put_off(
    batch: &mut Batch,
    pending: &Pending,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seconds = 1i64
        .checked_shl(u32::try_from(pending.attempts.clamp(0, 20)).unwrap_or(20))
        .unwrap_or(PUT_OFF_SECONDS_MAX)
        .min(PUT_OFF_SECONDS_MAX);
    execute!(
        batch.tx().await?,
        sql!("callback/put_off"),
        pending.tenant_id,
        pending.callback_id,
        now.plus_seconds(seconds).micros()
    )?;
    Ok(())
}

/// Keeps a callback that the books cannot take for a person to look at.
pub(crate) fn quarantine(batch: &mut Batch, pending: &Pending, error: &StoreError, now: Timestamp) {
    let message = Message::without_credit(CreditOutcome::Quarantined, None, &error.to_string());
    record_message(batch, pending, 0, message, now);
    leave_queue(batch, pending);
}

/// A claimed callback, read once more.
pub(super) struct Reading {
    callback: Pending,
    scope: TenantScope,
    notices: Result<Vec<Notice>, String>,
}

async fn settle_callbacks(
    batch: &mut Batch,
    pending: Vec<Pending>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut readings = Vec::with_capacity(pending.len());
    for callback in pending {
        let dialect = Dialect::parse(&callback.dialect).ok_or(StoreError::Inconsistent {
            table: "callback",
            column: "dialect",
        })?;
        readings.push(Reading {
            scope: batch.scope(callback.tenant_id).await?,
            // It was readable when it came in; if not, the reader has become stricter since.
            notices: AuthenticCallback::from_store(dialect, &callback.body)
                .read()
                .map_err(|malformed| malformed.to_string()),
            callback,
        });
    }
    let mut evidence = Evidence::gather(batch, &readings).await?;
    for reading in &readings {
        let callback = &reading.callback;
        match &reading.notices {
            Ok(notices) => {
                for (ordinal, notice) in (0i64..).zip(notices) {
                    let message = settle_notice(batch, &mut evidence, reading, notice, now).await?;
                    record_message(batch, callback, ordinal, message, now);
                }
                if notices.is_empty() {
                    let message = Message::without_credit(CreditOutcome::Ignored, None, "empty");
                    record_message(batch, callback, 0, message, now);
                }
            }
            Err(malformed) => {
                let message = Message::without_credit(CreditOutcome::Quarantined, None, malformed);
                record_message(batch, callback, 0, message, now);
            }
        }
        leave_queue(batch, callback);
    }
    Ok(())
}

fn leave_queue(batch: &mut Batch, callback: &Pending) {
    batch.pending().settled.push(PendingKey {
        tenant_id: callback.tenant_id,
        callback_id: callback.callback_id,
    });
}

/// What became of one notice.
struct Message {
    outcome: CreditOutcome,
    provider_event_id: Option<String>,
    credit: Option<Uuid>,
    detail: Option<String>,
}

impl Message {
    fn of_credit(
        outcome: CreditOutcome,
        notice: &Notice,
        credit: Uuid,
        detail: Option<String>,
    ) -> Self {
        Self {
            outcome,
            provider_event_id: Some(notice.provider_event_id.clone()),
            credit: Some(credit),
            detail,
        }
    }

    fn without_credit(outcome: CreditOutcome, notice: Option<&Notice>, detail: &str) -> Self {
        Self {
            outcome,
            provider_event_id: notice.map(|notice| notice.provider_event_id.clone()),
            credit: None,
            detail: Some(detail.to_owned()),
        }
    }
}

fn record_message(
    batch: &mut Batch,
    callback: &Pending,
    ordinal: i64,
    message: Message,
    now: Timestamp,
) {
    batch.pending().messages.push(MessageRow {
        tenant_id: callback.tenant_id,
        callback_id: callback.callback_id,
        ordinal,
        outcome: message.outcome.as_str().to_owned(),
        provider_event_id: message.provider_event_id,
        bank_credit_id: message.credit,
        detail: message.detail,
        decided_at: now.micros(),
    });
}

/// How a credit was matched, kept with it for ever.
#[derive(Serialize)]
struct MatchDetail<'a> {
    rule: Option<&'static str>,
    found: &'a [Reference],
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_duplicate_of: Option<BankCreditId>,
    suggestions: Vec<SuggestionDetail>,
}

#[derive(Serialize)]
struct SuggestionDetail {
    reference: Reference,
    payment_request_id: payment::PaymentRequestId,
    reason: &'static str,
}

/// What the audit chain keeps of a booked credit: enough to notice any later change of the callback,
/// the credit or the entry.
#[derive(Serialize)]
struct BookedDetail<'a> {
    callback_id: CallbackId,
    callback_digest: String,
    notice_digest: String,
    entry_sequence: i64,
    amount: money::Vnd,
    account_number: &'a str,
    payment_request_id: Option<payment::PaymentRequestId>,
    reason: Option<SuspenseReason>,
}

async fn settle_notice(
    batch: &mut Batch,
    evidence: &mut Evidence,
    reading: &Reading,
    notice: &Notice,
    now: Timestamp,
) -> Result<Message, StoreError> {
    if let Some(reason) = matching::is_ignored(notice) {
        return Ok(Message::without_credit(
            CreditOutcome::Ignored,
            Some(notice),
            reason.as_str(),
        ));
    }
    let Reading {
        callback, scope, ..
    } = reading;
    let tenant = scope.id();
    let digest: [u8; 32] = Sha256::digest(notice.digest_text()).into();
    match evidence.same_id(callback, notice, &digest) {
        Seen::Never => {}
        Seen::Same(credit) => {
            return Ok(Message::of_credit(
                CreditOutcome::Duplicate,
                notice,
                credit,
                None,
            ));
        }
        Seen::Different(credit) => return conflict(batch, callback, notice, credit, now),
    }
    let possible_duplicate_of = match evidence.twin(callback, notice) {
        Twin::None => None,
        Twin::Possible(twin) => Some(twin),
        Twin::Same(credit, source) => {
            let detail = Some(format!("reported before through {source}"));
            return Ok(Message::of_credit(
                CreditOutcome::Duplicate,
                notice,
                credit,
                detail,
            ));
        }
    };
    let found = memo::find_in(notice.memos(), &scope.flows()).exact;
    let mut requests = Vec::new();
    for reference in &found {
        requests.extend(batch.request_by_reference(tenant, *reference).await?);
    }
    let candidates: Vec<Candidate> = requests.iter().map(candidate).collect();
    let decision = match possible_duplicate_of {
        Some(_) => Decision::Suspend(SuspenseReason::PossibleDuplicate),
        None => {
            let is_own_account = evidence.is_own_account(tenant, &notice.account_number);
            matching::decide(notice, is_own_account, &found, &candidates)
        }
    };
    let (request, reason) = match decision {
        Decision::Settle(id) => (requests.into_iter().find(|request| request.id == id), None),
        Decision::Suspend(reason) => (None, Some(reason)),
        Decision::Ignore(reason) => {
            return Ok(Message::without_credit(
                CreditOutcome::Ignored,
                Some(notice),
                reason.as_str(),
            ));
        }
    };
    let suggestions = if request.is_none() {
        suggest(batch, scope, notice, &candidates).await?
    } else {
        Vec::new()
    };
    let detail = MatchDetail {
        rule: request.as_ref().map(|_| EXACT_REFERENCE),
        found: &found,
        possible_duplicate_of,
        suggestions,
    };

    let credit_id = BankCreditId::from_uuid(batch.new_id());
    let received_at = Timestamp::from_micros(callback.received_at);
    let business_date = business_date(notice, received_at);
    let credit = credit_row(
        callback,
        notice,
        &digest,
        credit_id,
        business_date,
        reason,
        &detail,
    )?;
    evidence.add(&credit);
    batch.pending().credits.push(credit);
    let payment = PaymentData {
        payment_id: credit_id,
        amount: notice.amount,
        account_number: &notice.account_number,
        bank_reference: notice.bank_reference.as_deref(),
        booked_at: notice.booked_at,
        memo: payment::text::for_display(&notice.memo),
        source: &callback.source,
    };
    let request_id = request.as_ref().map(|request| request.id);
    let (entry, outcome) = if let Some(mut request) = request {
        let payer = request
            .payer
            .id
            .clone()
            .unwrap_or_else(|| request.reference.to_string());
        let settlement = payment_settled::settle(
            &notice.account_number,
            &request.lines,
            request.received,
            notice.amount,
            &AccountCode::payer_credit(&payer),
        )?;
        let entry = batch.post(
            tenant,
            &settlement.entry,
            Some(credit_id),
            business_date,
            now,
        )?;
        let allocation = AllocationId::from_uuid(batch.new_id());
        batch.pending().allocations.push(AllocationRow {
            tenant_id: tenant,
            allocation_id: allocation.uuid(),
            bank_credit_id: credit_id.uuid(),
            payment_request_id: request.id.uuid(),
            journal_entry_id: entry.id.uuid(),
            amount: notice.amount.get(),
            rule: EXACT_REFERENCE.to_owned(),
            allocated_at: now.micros(),
        });
        advance(&mut request, settlement.received, received_at);
        batch.advance_request(tenant, &mut request)?;
        batch.event(
            tenant,
            EventType::of(request.status, request.late),
            &Subject::request(&request),
            &RequestData::new(&request, Some(payment)),
            now,
        )?;
        (entry, CreditOutcome::Settled)
    } else {
        let entry = credit_in_suspense::entry(&notice.account_number, notice.amount)?;
        let entry = batch.post(tenant, &entry, Some(credit_id), business_date, now)?;
        let reason = reason.unwrap_or(SuspenseReason::NoReference);
        batch.event(
            tenant,
            EventType::PaymentUnmatched,
            &Subject::credit(credit_id),
            &UnmatchedData {
                reason,
                currency: "VND",
                payment,
            },
            now,
        )?;
        (entry, CreditOutcome::Suspense)
    };
    let action = match outcome {
        CreditOutcome::Settled => "payment.settled",
        _ => "payment.in_suspense",
    };
    batch.audit(
        tenant,
        "system",
        action,
        &credit_id.to_string(),
        &BookedDetail {
            callback_id: callback.callback_id(),
            callback_digest: hex::encode(Sha256::digest(&callback.body)),
            notice_digest: hex::encode(digest),
            entry_sequence: entry.sequence,
            amount: notice.amount,
            account_number: &notice.account_number,
            payment_request_id: request_id,
            reason,
        },
        now,
    )?;
    Ok(Message {
        outcome,
        provider_event_id: Some(notice.provider_event_id.clone()),
        credit: Some(credit_id.uuid()),
        detail: reason.map(|reason| reason.as_str().to_owned()),
    })
}

/// The same transaction id with other contents: on record, and nothing else (invariant I7).
fn conflict(
    batch: &mut Batch,
    callback: &Pending,
    notice: &Notice,
    credit: Uuid,
    now: Timestamp,
) -> Result<Message, StoreError> {
    let detail = serde_json::json!({
        "callback_id": callback.callback_id(),
        "callback_digest": hex::encode(Sha256::digest(&callback.body)),
    });
    let subject = BankCreditId::from_uuid(credit).to_string();
    batch.audit(
        callback.tenant_id,
        "system",
        "payment.conflict",
        &subject,
        &detail,
        now,
    )?;
    let detail = "the same transaction id came before with other contents";
    Ok(Message::of_credit(
        CreditOutcome::Conflict,
        notice,
        credit,
        Some(detail.to_owned()),
    ))
}

fn candidate(request: &PaymentRequest) -> Candidate {
    Candidate {
        id: request.id,
        reference: request.reference,
        status: request.status,
        account_number: request.payee.account_number.clone(),
    }
}

/// What a person may want to look at first: repaired references that exist and are open, and the
/// requests whose references stand in the memo but could not settle by themselves.
async fn suggest(
    batch: &mut Batch,
    scope: &TenantScope,
    notice: &Notice,
    known: &[Candidate],
) -> Result<Vec<SuggestionDetail>, StoreError> {
    let mut suggestions: Vec<SuggestionDetail> = known
        .iter()
        .map(|candidate| SuggestionDetail {
            reference: candidate.reference,
            payment_request_id: candidate.id,
            reason: "reference_in_memo",
        })
        .collect();
    let mut offered: BTreeSet<Reference> = suggestions
        .iter()
        .map(|suggestion| suggestion.reference)
        .collect();
    for text in notice.memos() {
        let candidates = memo::candidates(text, &scope.flows());
        for near in candidates.near {
            let request = batch
                .request_by_reference(scope.id(), near.reference)
                .await?;
            let reason = near.reason().as_str();
            offer(&mut suggestions, &mut offered, request, reason);
        }
        for cut in candidates.cut.iter().take(CUT_LOOKUPS_MAX) {
            // The references are all that this lookup is asked for: where the requests stand, the
            // batch knows better.
            let stored = by_reference_prefix(batch.lookup(), scope.id(), cut.lookup()).await?;
            for request in stored {
                let request = batch.request_by_id(scope.id(), request.id.uuid()).await?;
                offer(&mut suggestions, &mut offered, request, "cut");
            }
        }
    }
    Ok(suggestions)
}

/// Offers a request that still wants money, once.
fn offer(
    suggestions: &mut Vec<SuggestionDetail>,
    offered: &mut BTreeSet<Reference>,
    request: Option<PaymentRequest>,
    reason: &'static str,
) {
    let Some(request) = request else { return };
    let wants_money = matches!(
        request.status,
        RequestStatus::Open | RequestStatus::Underpaid | RequestStatus::Expired
    );
    if wants_money && offered.insert(request.reference) {
        suggestions.push(SuggestionDetail {
            reference: request.reference,
            payment_request_id: request.id,
            reason,
        });
    }
}

/// The day on which the bank booked it; our own day when the bank's clock is ahead of ours, because a
/// payment cannot belong to a day that has not begun.
fn business_date(notice: &Notice, received_at: Timestamp) -> BusinessDate {
    notice
        .booked_at
        .business_date()
        .min(received_at.business_date())
}

/// The request after `received` đồng in all are allocated to it.
fn advance(request: &mut PaymentRequest, received: money::Vnd, received_at: Timestamp) {
    let past_expiry = request
        .expires_at
        .is_some_and(|expiry| received_at >= expiry);
    request.late |= request.status == RequestStatus::Expired || past_expiry;
    request.received = received;
    request.status = RequestStatus::after_allocation(request.amount, received);
    if matches!(
        request.status,
        RequestStatus::Paid | RequestStatus::Overpaid
    ) && request.paid_at.is_none()
    {
        request.paid_at = Some(received_at);
    }
}

fn credit_row(
    callback: &Pending,
    notice: &Notice,
    digest: &[u8; 32],
    id: BankCreditId,
    business_date: BusinessDate,
    reason: Option<SuspenseReason>,
    detail: &MatchDetail<'_>,
) -> Result<CreditRow, StoreError> {
    let match_detail = serde_json::to_string(detail).map_err(|_| StoreError::Inconsistent {
        table: "bank_credit",
        column: "match_detail",
    })?;
    let outcome = if reason.is_some() {
        CreditOutcome::Suspense
    } else {
        CreditOutcome::Settled
    };
    Ok(CreditRow {
        tenant_id: callback.tenant_id,
        bank_credit_id: id.uuid(),
        source: callback.source.clone(),
        provider_event_id: notice.provider_event_id.clone(),
        callback_id: callback.callback_id,
        notice_digest: digest.to_vec(),
        amount: notice.amount.get(),
        account_number: notice.account_number.clone(),
        virtual_account: notice.virtual_account.clone(),
        memo: notice.memo.clone(),
        memo_full: notice.memo_full.clone(),
        memo_digest: evidence::memo_digest(&notice.memo),
        bank_reference: notice.bank_reference.clone(),
        counterparty_name: notice.counterparty_name.clone(),
        counterparty_account: notice.counterparty_account.clone(),
        booked_at: notice.booked_at.micros(),
        balance_after: notice.balance_after.map(money::Vnd::get),
        business_date: business_date.as_number(),
        received_at: callback.received_at,
        outcome: outcome.as_str().to_owned(),
        suspense_reason: reason.map(|reason| reason.as_str().to_owned()),
        match_detail,
    })
}
