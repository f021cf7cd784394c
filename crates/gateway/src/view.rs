//! How stored things look in the API.

use crate::app::App;
use money::Vnd;
use payment::request::{Line, Payer};
use payment::{
    CallbackId, CreditOutcome, EventId, PayeeAccountId, PaymentRequestId, Reference, RequestStatus,
    SuspenseReason, Timestamp,
};
use serde::Serialize;
use serde_json::value::RawValue;
use store::TenantScope;
use store::callback::{BankCredit, CallbackMessage};
use store::event::Event;
use store::payment_request::PaymentRequest;
use store::tenant::{Mode, PayeeAccount};

/// Longest transfer text that every bank app takes (EMVCo MPM 62-08).
const MEMO_MAX: usize = 25;

/// A page of a list.
#[derive(Serialize)]
pub struct Page<T> {
    /// The objects.
    pub data: Vec<T>,
    /// Where the next page begins; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// A request for payment.
#[derive(Serialize)]
pub struct PaymentRequestView<'a> {
    id: PaymentRequestId,
    external_id: Option<&'a str>,
    reference: Reference,
    status: RequestStatus,
    late: bool,
    amount: Vnd,
    amount_received: Vnd,
    amount_remaining: Vnd,
    currency: &'static str,
    description: Option<&'a str>,
    lines: &'a [Line],
    payer: &'a Payer,
    payee_account: PayeeAccountView<'a>,
    memo: String,
    qr: Option<QrView>,
    checkout_url: String,
    metadata: Option<&'a RawValue>,
    livemode: bool,
    version: i64,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    paid_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct QrView {
    payload: String,
    png_url: String,
    svg_url: String,
}

/// A payee's bank account.
#[derive(Serialize)]
pub struct PayeeAccountView<'a> {
    id: PayeeAccountId,
    bank_bin: &'a str,
    bank_name: &'a str,
    account_number: &'a str,
    account_name: &'a str,
}

impl<'a> From<&'a PayeeAccount> for PayeeAccountView<'a> {
    fn from(account: &'a PayeeAccount) -> Self {
        Self {
            id: account.id,
            bank_bin: &account.bank_bin,
            bank_name: bank_name(&account.bank_bin),
            account_number: &account.account_number,
            account_name: &account.account_name,
        }
    }
}

/// The bank's short name, or the BIN where the directory has none.
#[must_use]
pub fn bank_name(bin: &str) -> &str {
    vietqr::banks::by_bin(bin).map_or(bin, |bank| bank.short_name.as_str())
}

/// The code that a payer should scan now: none when no more money is wanted, and for a request that is
/// paid in part the code of what is missing, so that nobody pays the whole amount twice.
#[must_use]
pub fn payload_now(request: &PaymentRequest) -> Option<String> {
    match request.status {
        RequestStatus::Open => request.payload.clone(),
        RequestStatus::Underpaid => {
            let memo = memo(request.reference, request.description.as_deref());
            // The whole amount could be encoded, so a part of it can.
            crate::routes::payload(&request.payee, request.remaining(), &memo).ok()
        }
        RequestStatus::Paid
        | RequestStatus::Overpaid
        | RequestStatus::Cancelled
        | RequestStatus::Expired => None,
    }
}

/// The text that the payer's app sends: the reference first and whole, then as much of the description
/// as fits. Banks cut the end.
#[must_use]
pub fn memo(reference: Reference, description: Option<&str>) -> String {
    vietqr::memo::fit(
        reference.as_str(),
        description.unwrap_or_default(),
        MEMO_MAX,
    )
    .text
}

impl<'a> PaymentRequestView<'a> {
    /// The request as `app` shows it.
    #[must_use]
    pub fn new(app: &App, scope: &TenantScope, request: &'a PaymentRequest) -> Self {
        let page = format!("/pay/{}", request.checkout_token);
        Self {
            id: request.id,
            external_id: request.external_id.as_deref(),
            reference: request.reference,
            status: request.status,
            late: request.late,
            amount: request.amount,
            amount_received: request.received,
            amount_remaining: request.remaining(),
            currency: "VND",
            description: request.description.as_deref(),
            lines: &request.lines,
            payer: &request.payer,
            payee_account: (&request.payee).into(),
            memo: memo(request.reference, request.description.as_deref()),
            qr: payload_now(request).map(|payload| QrView {
                payload,
                png_url: app.link(&format!("{page}/qr.png")),
                svg_url: app.link(&format!("{page}/qr.svg")),
            }),
            checkout_url: app.link(&page),
            metadata: request
                .metadata
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok()),
            livemode: scope.mode() == Mode::Live,
            version: request.version,
            created_at: request.created_at,
            expires_at: request.expires_at,
            paid_at: request.paid_at,
        }
    }
}

/// An event in the feed.
#[derive(Serialize)]
pub struct EventView<'a> {
    id: EventId,
    r#type: &'a str,
    timestamp: Timestamp,
    sequence: i64,
    data: &'a RawValue,
}

impl<'a> From<&'a Event> for EventView<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            id: event.id,
            r#type: &event.event_type,
            timestamp: event.occurred_at,
            sequence: event.sequence,
            data: &event.data,
        }
    }
}

/// A booked credit.
#[derive(Serialize)]
pub struct PaymentView<'a> {
    id: payment::BankCreditId,
    outcome: CreditOutcome,
    suspense_reason: Option<SuspenseReason>,
    payment_request_id: Option<PaymentRequestId>,
    amount: i64,
    amount_in_suspense: i64,
    currency: &'static str,
    account_number: &'a str,
    memo: String,
    bank_reference: Option<&'a str>,
    source: &'a str,
    callback_id: CallbackId,
    booked_at: Timestamp,
    received_at: Timestamp,
    r#match: &'a RawValue,
}

impl<'a> From<&'a BankCredit> for PaymentView<'a> {
    fn from(credit: &'a BankCredit) -> Self {
        Self {
            id: credit.id,
            outcome: credit.outcome,
            suspense_reason: credit.suspense_reason,
            payment_request_id: credit.payment_request_id,
            amount: credit.amount,
            amount_in_suspense: credit.held,
            currency: "VND",
            account_number: &credit.account_number,
            memo: payment::text::for_display(&credit.memo),
            bank_reference: credit.bank_reference.as_deref(),
            source: &credit.source,
            callback_id: credit.callback_id,
            booked_at: credit.booked_at,
            received_at: credit.received_at,
            r#match: &credit.match_detail,
        }
    }
}

/// A stored callback and what became of it.
#[derive(Serialize)]
pub struct CallbackView<'a> {
    id: CallbackId,
    source: &'a str,
    received_at: Timestamp,
    outcome: &'a str,
    provider_event_id: Option<&'a str>,
    payment_id: Option<payment::BankCreditId>,
    detail: Option<&'a str>,
}

impl<'a> From<&'a CallbackMessage> for CallbackView<'a> {
    fn from(message: &'a CallbackMessage) -> Self {
        Self {
            id: message.callback_id,
            source: &message.source,
            received_at: message.received_at,
            outcome: message.outcome.map_or("pending", CreditOutcome::as_str),
            provider_event_id: message.provider_event_id.as_deref(),
            payment_id: message.payment_id,
            detail: message.detail.as_deref(),
        }
    }
}
