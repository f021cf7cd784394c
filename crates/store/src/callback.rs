//! Callbacks: kept byte for byte before they are answered.

use crate::writer::MessageRow as NewMessageRow;
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use payment::{BankCreditId, CallbackId, CreditOutcome, SuspenseReason, Timestamp};
use reconciler::callback::Dialect;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use uuid::Uuid;

/// An authentic callback, to be stored.
#[derive(Clone, Debug)]
pub struct RecordCallback {
    /// Whose source it came through.
    pub scope: TenantScope,
    /// Its id, if these bytes are new.
    pub id: CallbackId,
    /// The source's name.
    pub source: String,
    /// How it is written.
    pub dialect: Dialect,
    /// The account that the source's settings give to senders who name none.
    pub account: Option<String>,
    /// When the last byte arrived.
    pub received_at: Timestamp,
    /// The headers as JSON, with keys and tokens taken out.
    pub headers: String,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// SHA-256 of the bytes.
    pub body_digest: [u8; 32],
    /// Why it cannot be read, when it cannot: then it is quarantined and not settled.
    pub malformed: Option<String>,
}

/// What became of a [`RecordCallback`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Stored now.
    New(CallbackId),
    /// The same bytes from the same source were stored before.
    Repeat,
}

impl Writer {
    /// Stores a callback. When this returns, its bytes survive a crash and a power loss.
    ///
    /// # Errors
    /// [`StoreError`]: then it must not be acknowledged.
    pub async fn record_callback(&self, callback: RecordCallback) -> Result<Recorded, StoreError> {
        self.submit_callback(callback).await
    }
}

bulk_rows! {
    /// A callback as it is stored.
    CallbackRow, "bulk/insert_callbacks" {
        tenant_id: Uuid,
        callback_id: Uuid,
        source: String,
        dialect: String,
        received_at: i64,
        headers: String,
        body: Vec<u8>,
        body_digest: Vec<u8>,
        account: Option<String>,
    }
}

bulk_rows! {
    /// A callback's place in the queue.
    PendingRow, "bulk/insert_pending" {
        tenant_id: Uuid,
        callback_id: Uuid,
        received_at: i64,
        attempts: i64,
        next_attempt_at: i64,
    }
}

/// Stores callbacks, three statements for all of them; answers which became new rows.
///
/// Storing bytes needs no order among tenants: no head is locked, so an acknowledgement never waits
/// for a neighbour that holds one.
pub(crate) async fn record(
    tx: &mut Tx,
    callbacks: &[&RecordCallback],
) -> Result<BTreeSet<CallbackId>, StoreError> {
    let mut rows: Vec<CallbackRow> = callbacks
        .iter()
        .map(|callback| CallbackRow {
            tenant_id: callback.scope.id(),
            callback_id: callback.id.uuid(),
            source: callback.source.clone(),
            dialect: callback.dialect.as_str().to_owned(),
            received_at: callback.received_at.micros(),
            headers: callback.headers.clone(),
            body: callback.body.clone(),
            body_digest: callback.body_digest.to_vec(),
            account: callback.account.clone(),
        })
        .collect();
    // Two processes that store copies of the same callbacks meet them in one order, and so never wait
    // for each other in a circle.
    rows.sort_by(|a, b| {
        (a.tenant_id, &a.source, &a.body_digest).cmp(&(b.tenant_id, &b.source, &b.body_digest))
    });
    let new: BTreeSet<CallbackId> = CallbackRow::fetch(tx, rows)
        .await?
        .into_iter()
        .map(|(id,): (Uuid,)| CallbackId::from_uuid(id))
        .collect();
    let mut waiting = Vec::new();
    let mut quarantined = Vec::new();
    for callback in callbacks
        .iter()
        .filter(|callback| new.contains(&callback.id))
    {
        let (tenant_id, callback_id) = (callback.scope.id(), callback.id.uuid());
        let received_at = callback.received_at.micros();
        match &callback.malformed {
            None => waiting.push(PendingRow {
                tenant_id,
                callback_id,
                received_at,
                attempts: 0,
                next_attempt_at: received_at,
            }),
            Some(why) => quarantined.push(NewMessageRow {
                tenant_id,
                callback_id,
                ordinal: 0,
                outcome: CreditOutcome::Quarantined.as_str().to_owned(),
                provider_event_id: None,
                bank_credit_id: None,
                detail: Some(why.clone()),
                decided_at: received_at,
            }),
        }
    }
    PendingRow::write(tx, waiting).await?;
    NewMessageRow::write(tx, quarantined).await?;
    Ok(new)
}

/// A stored callback and what became of one message in it.
#[derive(Clone, Debug)]
pub struct CallbackMessage {
    /// The callback.
    pub callback_id: CallbackId,
    /// Which message of it, from 0; none while it waits.
    pub ordinal: Option<i64>,
    /// The source's name.
    pub source: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What became of it; none while it waits.
    pub outcome: Option<CreditOutcome>,
    /// The sender's id of the movement.
    pub provider_event_id: Option<String>,
    /// The credit it made or repeats.
    pub payment_id: Option<BankCreditId>,
    /// More about the outcome.
    pub detail: Option<String>,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    callback_id: Uuid,
    ordinal: Option<i64>,
    source: String,
    received_at: i64,
    outcome: Option<String>,
    provider_event_id: Option<String>,
    bank_credit_id: Option<Uuid>,
    detail: Option<String>,
}

/// A booked credit.
#[derive(Debug)]
pub struct BankCredit {
    /// Its id.
    pub id: BankCreditId,
    /// The source that reported it.
    pub source: String,
    /// The callback it came in.
    pub callback_id: CallbackId,
    /// How much, in đồng.
    pub amount: i64,
    /// On which account.
    pub account_number: String,
    /// The memo as received.
    pub memo: String,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// When the bank booked it.
    pub booked_at: Timestamp,
    /// When we heard.
    pub received_at: Timestamp,
    /// Settled or in suspense.
    pub outcome: CreditOutcome,
    /// Why in suspense.
    pub suspense_reason: Option<SuspenseReason>,
    /// How it was matched, or what was found: rule, references, suggestions.
    pub match_detail: Box<RawValue>,
    /// What of it is in suspense now.
    pub held: i64,
    /// The request that has all of it that was given away, when it is one.
    pub payment_request_id: Option<payment::PaymentRequestId>,
}

#[derive(sqlx::FromRow)]
struct CreditRow {
    bank_credit_id: Uuid,
    source: String,
    callback_id: Uuid,
    amount: i64,
    account_number: String,
    memo: String,
    bank_reference: Option<String>,
    booked_at: i64,
    received_at: i64,
    outcome: String,
    suspense_reason: Option<String>,
    match_detail: String,
    held: i64,
    payment_request_id: Option<Uuid>,
}

impl TryFrom<CreditRow> for BankCredit {
    type Error = StoreError;

    fn try_from(row: CreditRow) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "bank_credit",
            column,
        };
        Ok(Self {
            id: BankCreditId::from_uuid(row.bank_credit_id),
            source: row.source,
            callback_id: CallbackId::from_uuid(row.callback_id),
            amount: row.amount,
            account_number: row.account_number,
            memo: row.memo,
            bank_reference: row.bank_reference,
            booked_at: Timestamp::from_micros(row.booked_at),
            received_at: Timestamp::from_micros(row.received_at),
            outcome: CreditOutcome::parse(&row.outcome).ok_or_else(|| wrong("outcome"))?,
            suspense_reason: row
                .suspense_reason
                .map(|text| SuspenseReason::parse(&text).ok_or_else(|| wrong("suspense_reason")))
                .transpose()?,
            match_detail: RawValue::from_string(row.match_detail)
                .map_err(|_| wrong("match_detail"))?,
            held: row.held,
            payment_request_id: row
                .payment_request_id
                .map(payment::PaymentRequestId::from_uuid),
        })
    }
}

impl Store {
    /// Stored callbacks with their outcomes, newest first, before `before` when given; only those with
    /// `outcome` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn callbacks(
        &self,
        scope: &TenantScope,
        outcome: Option<CreditOutcome>,
        before: Option<CallbackId>,
        limit: i64,
    ) -> Result<Vec<CallbackMessage>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), CallbackId::uuid);
        let rows = fetch_all!(
            &mut tx,
            MessageRow,
            sql!("callback/list"),
            scope.id(),
            before,
            outcome.map_or("", CreditOutcome::as_str),
            limit
        )?;
        rows.into_iter()
            .map(|row| {
                let outcome = row.outcome.as_deref().map(|text| {
                    CreditOutcome::parse(text).ok_or(StoreError::Inconsistent {
                        table: "callback_message",
                        column: "outcome",
                    })
                });
                Ok(CallbackMessage {
                    callback_id: CallbackId::from_uuid(row.callback_id),
                    ordinal: row.ordinal,
                    source: row.source,
                    received_at: Timestamp::from_micros(row.received_at),
                    outcome: outcome.transpose()?,
                    provider_event_id: row.provider_event_id,
                    payment_id: row.bank_credit_id.map(BankCreditId::from_uuid),
                    detail: row.detail,
                })
            })
            .collect()
    }

    /// Booked credits, newest first, before `before` when given; only those at `outcome` when given,
    /// only those given to `request` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_credits(
        &self,
        scope: &TenantScope,
        outcome: Option<CreditOutcome>,
        request: Option<payment::PaymentRequestId>,
        before: Option<BankCreditId>,
        limit: i64,
    ) -> Result<Vec<BankCredit>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), BankCreditId::uuid);
        // The nil UUID means "any": a bare null has no type on PostgreSQL.
        let request = request.map_or(Uuid::nil(), payment::PaymentRequestId::uuid);
        fetch_all!(
            &mut tx,
            CreditRow,
            sql!("callback/list_credits"),
            scope.id(),
            before,
            outcome.map_or("", CreditOutcome::as_str),
            request,
            Uuid::nil(),
            limit
        )?
        .into_iter()
        .map(BankCredit::try_from)
        .collect()
    }
}
