//! Events: each change of state, once, in the transaction that made it (invariant I15).

use crate::payment_request::PaymentRequest;
use crate::{Store, StoreError, TenantScope};
use payment::{
    BalanceGapId, BankCreditId, EventId, PaymentRequestId, RequestStatus, SuspenseReason, Timestamp,
};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// What happened. The text is the `type` of the webhook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventType {
    /// A request was made.
    RequestCreated,
    /// Exactly the amount is there.
    RequestPaid,
    /// Exactly the amount is there, after the expiry.
    RequestPaidLate,
    /// Less than the amount is there.
    RequestUnderpaid,
    /// More than the amount is there.
    RequestOverpaid,
    /// Nothing came in time.
    RequestExpired,
    /// Withdrawn.
    RequestCancelled,
    /// What was allocated was taken back: nothing is there any more.
    RequestReopened,
    /// Money came that nobody claims.
    PaymentUnmatched,
    /// A webhook endpoint was switched off.
    EndpointDisabled,
    /// A trial that one webhook endpoint was asked to take.
    EndpointTest,
    /// A period of the books was closed and sealed.
    PeriodClosed,
    /// A person said whose it is, of all or a part.
    PaymentMatched,
    /// A person said that it is no payment.
    PaymentNotAPayment,
    /// A person ordered that it goes back.
    PaymentRefundDue,
    /// A person confirmed that it was reported twice.
    PaymentDuplicate,
    /// A decision about it was taken back: it is in suspense again.
    PaymentReversed,
    /// Between two balances of an account lies money that nobody reported.
    BalanceGapOpened,
    /// Part of it was reported.
    BalanceGapNarrowed,
    /// It was reported, a statement covers it, or a person explained it.
    BalanceGapClosed,
}

impl EventType {
    /// Every type.
    pub const ALL: &[Self] = &[
        Self::RequestCreated,
        Self::RequestPaid,
        Self::RequestPaidLate,
        Self::RequestUnderpaid,
        Self::RequestOverpaid,
        Self::RequestExpired,
        Self::RequestCancelled,
        Self::RequestReopened,
        Self::PaymentUnmatched,
        Self::PaymentMatched,
        Self::PaymentNotAPayment,
        Self::PaymentRefundDue,
        Self::PaymentDuplicate,
        Self::PaymentReversed,
        Self::EndpointDisabled,
        Self::EndpointTest,
        Self::PeriodClosed,
        Self::BalanceGapOpened,
        Self::BalanceGapNarrowed,
        Self::BalanceGapClosed,
    ];

    /// The `type` member.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestCreated => "payment_request.created",
            Self::RequestPaid => "payment_request.paid",
            Self::RequestPaidLate => "payment_request.paid_late",
            Self::RequestUnderpaid => "payment_request.underpaid",
            Self::RequestOverpaid => "payment_request.overpaid",
            Self::RequestExpired => "payment_request.expired",
            Self::RequestCancelled => "payment_request.cancelled",
            Self::RequestReopened => "payment_request.reopened",
            Self::PaymentUnmatched => "payment.unmatched",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::EndpointTest => "endpoint.test",
            Self::PeriodClosed => "period.closed",
            Self::PaymentMatched => "payment.matched",
            Self::PaymentNotAPayment => "payment.not_a_payment",
            Self::PaymentRefundDue => "payment.refund_due",
            Self::PaymentDuplicate => "payment.duplicate",
            Self::PaymentReversed => "payment.reversed",
            Self::BalanceGapOpened => "balance_gap.opened",
            Self::BalanceGapNarrowed => "balance_gap.narrowed",
            Self::BalanceGapClosed => "balance_gap.closed",
        }
    }

    /// The event that tells that a request now stands at `status`.
    #[must_use]
    pub const fn of(status: RequestStatus, late: bool) -> Self {
        match status {
            RequestStatus::Open => Self::RequestCreated,
            RequestStatus::Underpaid => Self::RequestUnderpaid,
            RequestStatus::Paid if late => Self::RequestPaidLate,
            RequestStatus::Paid => Self::RequestPaid,
            RequestStatus::Overpaid => Self::RequestOverpaid,
            RequestStatus::Cancelled => Self::RequestCancelled,
            RequestStatus::Expired => Self::RequestExpired,
        }
    }

    /// The same after money came or was taken back: one that has nothing again was not made again.
    #[must_use]
    pub const fn after_money(status: RequestStatus, late: bool) -> Self {
        match status {
            RequestStatus::Open => Self::RequestReopened,
            status => Self::of(status, late),
        }
    }
}

/// What an event is about, in which version.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) payment_request: Option<PaymentRequestId>,
}

impl Subject {
    pub(crate) fn request(request: &PaymentRequest) -> Self {
        Self {
            id: request.id.to_string(),
            version: request.version,
            payment_request: Some(request.id),
        }
    }

    pub(crate) fn period(period: ledger::period::Period) -> Self {
        Self {
            id: format!("period:{period}"),
            version: 1,
            payment_request: None,
        }
    }

    pub(crate) fn balance_gap(id: BalanceGapId, version: i64) -> Self {
        Self {
            id: id.to_string(),
            version,
            payment_request: None,
        }
    }

    pub(crate) fn credit(id: BankCreditId, version: i64) -> Self {
        Self {
            id: id.to_string(),
            version,
            payment_request: None,
        }
    }
}

/// The `data` of an event about a request. It carries the state, so that a receiver who hears twice
/// or late is never misled: the higher `version` wins. No payer is named here.
#[derive(Serialize)]
pub(crate) struct RequestData<'a> {
    payment_request_id: PaymentRequestId,
    external_id: Option<&'a str>,
    reference: &'a str,
    status: RequestStatus,
    late: bool,
    version: i64,
    amount: money::Vnd,
    amount_received: money::Vnd,
    currency: &'static str,
    paid_at: Option<Timestamp>,
    metadata: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentData<'a>>,
}

/// The credit that caused the event.
#[derive(Clone, Serialize)]
pub(crate) struct PaymentData<'a> {
    pub(crate) payment_id: BankCreditId,
    pub(crate) amount: money::Vnd,
    pub(crate) account_number: &'a str,
    pub(crate) bank_reference: Option<&'a str>,
    pub(crate) booked_at: Timestamp,
    pub(crate) memo: String,
    pub(crate) source: &'a str,
}

/// The `data` of `payment.unmatched`.
#[derive(Serialize)]
pub(crate) struct UnmatchedData<'a> {
    pub(crate) reason: SuspenseReason,
    pub(crate) currency: &'static str,
    #[serde(flatten)]
    pub(crate) payment: PaymentData<'a>,
}

/// The `data` of `period.closed`. The seal leaves the database with it.
#[derive(Serialize)]
pub(crate) struct PeriodData {
    pub(crate) period: ledger::period::Period,
    pub(crate) starts_on: payment::BusinessDate,
    pub(crate) ends_on: payment::BusinessDate,
    pub(crate) journal_sequence: i64,
    pub(crate) seal: String,
}

impl<'a> RequestData<'a> {
    pub(crate) fn new(request: &'a PaymentRequest, payment: Option<PaymentData<'a>>) -> Self {
        Self {
            payment_request_id: request.id,
            external_id: request.external_id.as_deref(),
            reference: request.reference.as_str(),
            status: request.status,
            late: request.late,
            version: request.version,
            amount: request.amount,
            amount_received: request.received,
            currency: "VND",
            paid_at: request.paid_at,
            // Checked to be JSON when it came in; a text that is not is left out rather than sent.
            metadata: request
                .metadata
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok()),
            payment,
        }
    }
}

/// An event as the feed and the webhook carry it.
#[derive(Debug)]
pub struct Event {
    /// Its number within the tenant: the cursor.
    pub sequence: i64,
    /// Its id, the same on every delivery.
    pub id: EventId,
    /// What happened.
    pub event_type: String,
    /// When.
    pub occurred_at: Timestamp,
    /// The facts, as JSON text.
    pub data: Box<RawValue>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    pub(crate) sequence: i64,
    pub(crate) event_id: Uuid,
    pub(crate) event_type: String,
    pub(crate) occurred_at: i64,
    pub(crate) data: String,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.sequence,
            id: EventId::from_uuid(row.event_id),
            event_type: row.event_type,
            occurred_at: Timestamp::from_micros(row.occurred_at),
            data: RawValue::from_string(row.data).map_err(|_| StoreError::Inconsistent {
                table: "event",
                column: "data",
            })?,
        })
    }
}

impl Event {
    /// The body of a Standard Webhook: `{"type", "timestamp", "data"}`.
    ///
    /// # Errors
    /// Never in practice: every member is text.
    pub fn webhook_body(&self) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: &'a str,
            timestamp: Timestamp,
            data: &'a RawValue,
        }
        serde_json::to_string(&Body {
            r#type: &self.event_type,
            timestamp: self.occurred_at,
            data: &self.data,
        })
    }
}

impl Store {
    /// The events after number `after`, oldest first. A tenant's events are numbered in the order of
    /// their commits, so a reader that goes on from the last number misses none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_after(
        &self,
        scope: &TenantScope,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Event>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            EventRow,
            sql!("event/after"),
            scope.id(),
            after,
            limit
        )?
        .into_iter()
        .map(Event::try_from)
        .collect()
    }
}
