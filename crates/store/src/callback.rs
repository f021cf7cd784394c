//! Callbacks: kept byte for byte before they are answered.

use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Writer};
use payment::{BankCreditId, CallbackId, CreditOutcome, SuspenseReason, Timestamp};
use reconciler::callback::Dialect;
use serde_json::value::RawValue;
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
        self.submit(callback).await
    }
}

impl Job for RecordCallback {
    type Output = Recorded;

    fn tenant(&self) -> Option<Uuid> {
        // Storing bytes needs no order among them: the head stays unlocked.
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Recorded, StoreError> {
        let tenant = self.scope.id();
        let inserted = execute!(
            &mut batch.tx,
            sql!("callback/insert"),
            tenant,
            self.id.uuid(),
            &self.source,
            self.dialect.as_str(),
            self.received_at.micros(),
            &self.headers,
            &self.body,
            self.body_digest.as_slice()
        )?;
        if inserted == 0 {
            return Ok(Recorded::Repeat);
        }
        if let Some(why) = &self.malformed {
            execute!(
                &mut batch.tx,
                sql!("callback/insert_message"),
                tenant,
                self.id.uuid(),
                0i64,
                CreditOutcome::Quarantined.as_str(),
                None::<String>,
                None::<Uuid>,
                Some(why),
                self.received_at.micros()
            )?;
        } else {
            execute!(
                &mut batch.tx,
                sql!("callback/insert_pending"),
                tenant,
                self.id.uuid(),
                self.received_at.micros()
            )?;
        }
        Ok(Recorded::New(self.id))
    }
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
    /// The request it was given to, if any.
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
