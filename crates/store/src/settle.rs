//! From a stored callback to the books.
//!
//! Everything that one notice causes (the credit, the journal entry, the allocation, the request's
//! state, the event, the audit record, the outcome) is written in one transaction, and the callback
//! leaves the queue in the same one. Running it again finds the queue empty.
//!
//! A batch goes in three steps: what all its notices need is looked up together ([`Evidence`]), each
//! notice is decided in the order of arrival, and the rows of all of them are written together when
//! the batch commits. What one notice did is seen by the next, because both look at the same evidence.

pub(crate) mod clues;
mod evidence;
mod late;
mod notice;
pub(crate) mod suggest;

use crate::callback::RecordCallback;
use crate::gap;
use crate::payment_request::expire_due;
use crate::writer::{Batch, MessageRow, PendingKey};
use crate::{Store, StoreError, TenantScope};
use payment::{BankCreditId, CallbackId, CreditOutcome, Direction, SuspenseReason, Timestamp};
use reconciler::callback::{AuthenticCallback, Dialect, Notice};
use std::collections::BTreeMap;
use uuid::Uuid;

use evidence::Evidence;
pub(crate) use evidence::{EventKey, booked_events};
pub(crate) use late::{ReportEventKey, ReportedKey, reported_events};
pub(crate) use notice::gifts;
use notice::settle_notice;

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
    account: Option<String>,
    attempts: i64,
    /// Where its messages begin: behind those of earlier readings.
    first_ordinal: i64,
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
        let lasting = gap::check_due(batch, now, limit).await?;
        return Ok(i64::try_from(expired.max(lasting)).unwrap_or(limit) >= limit);
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
    /// Whether it tells what moved on the bank account itself. A sender that names no account, such as a
    /// wallet, collects elsewhere and pays out later: what it reports moves no balance at the bank.
    is_of_the_bank: bool,
    /// Of lines of a statement: those that may be in the books, by their ids. Where the others belong
    /// was found before, under the same lock.
    held: Option<BTreeMap<String, BankCreditId>>,
}

/// Settles lines of a statement that are in no book, in the transaction that recorded them. `held` are
/// those that may be a credit of another channel.
pub(crate) async fn settle_lines(
    batch: &mut Batch,
    message: &RecordCallback,
    held: BTreeMap<String, BankCreditId>,
) -> Result<(), StoreError> {
    let now = batch.now();
    let callback = Pending {
        tenant_id: message.scope.id(),
        callback_id: message.id.uuid(),
        source: message.source.clone(),
        dialect: message.dialect.as_str().to_owned(),
        received_at: message.received_at.micros(),
        body: message.body.clone(),
        account: message.account.clone(),
        attempts: 0,
        first_ordinal: 0,
    };
    let mut reading = read(batch, callback).await?;
    reading.held = Some(held);
    settle_readings(batch, &[reading], now).await
}

/// Reads a claimed callback once more.
async fn read(batch: &mut Batch, callback: Pending) -> Result<Reading, StoreError> {
    let dialect = Dialect::parse(&callback.dialect).ok_or(StoreError::Inconsistent {
        table: "callback",
        column: "dialect",
    })?;
    Ok(Reading {
        scope: batch.scope(callback.tenant_id).await?,
        // It was readable when it came in; if not, the reader has become stricter since.
        notices: AuthenticCallback::from_store(dialect, &callback.body)
            .booked_on(callback.account.as_deref())
            .read()
            .map_err(|malformed| malformed.to_string()),
        is_of_the_bank: !dialect.needs_account(),
        callback,
        held: None,
    })
}

async fn settle_callbacks(
    batch: &mut Batch,
    pending: Vec<Pending>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut readings = Vec::with_capacity(pending.len());
    for callback in pending {
        readings.push(read(batch, callback).await?);
    }
    settle_readings(batch, &readings, now).await
}

async fn settle_readings(
    batch: &mut Batch,
    readings: &[Reading],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut evidence = Evidence::gather(batch, readings).await?;
    let mut watch = gap::Watch::default();
    for reading in readings {
        let callback = &reading.callback;
        match &reading.notices {
            Ok(notices) => {
                for (ordinal, notice) in (0i64..).zip(notices) {
                    let message = settle_notice(batch, &mut evidence, reading, notice, now).await?;
                    if reading.is_of_the_bank
                        && evidence.is_own_account(callback.tenant_id, &notice.account_number)
                    {
                        follow(&mut watch, batch, reading, notice, &message).await?;
                    }
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
    watch.finish(batch, now).await
}

/// Follows the balance of the account: every movement once, those that are no money for us too.
async fn follow(
    watch: &mut gap::Watch,
    batch: &mut Batch,
    reading: &Reading,
    notice: &Notice,
    message: &Message,
) -> Result<(), StoreError> {
    let callback = &reading.callback;
    let seen = gap::Seen {
        tenant: callback.tenant_id,
        source: &callback.source,
        callback: callback.callback_id(),
        received_at: callback.received_at,
        notice,
        is_listed: reading.held.is_some(),
    };
    match message.outcome {
        CreditOutcome::Settled => watch.credit(&seen, false),
        CreditOutcome::Suspense => {
            let reason = message.detail.as_deref();
            let may_be_repeated = reason == Some(SuspenseReason::PossibleDuplicate.as_str());
            watch.credit(&seen, may_be_repeated);
        }
        CreditOutcome::Ignored if notice.direction == Direction::Debit && !notice.is_test => {
            watch.debit(batch, &seen).await?;
        }
        // A repeat has moved nothing, and what the books did not take may come again.
        _ => {}
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
        ordinal: callback.first_ordinal + ordinal,
        outcome: message.outcome.as_str().to_owned(),
        provider_event_id: message.provider_event_id,
        bank_credit_id: message.credit,
        detail: message.detail,
        decided_at: now.micros(),
    });
}
