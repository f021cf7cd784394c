//! SePay's bank-transfer webhook.
//!
//! Three ways to prove the sender, chosen in SePay's console: a signature over the body, an API key, or
//! a token that SePay fetches from us (OAuth 2 in SePay's own form).

use super::answer::{Answer, Reply, fixed, success};
use super::members::Members;
use super::proof::{self, HmacSha256};
use super::table::{PAIR, Proof, Sender};
use super::token::{self, TokenForm};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use crate::standard_webhooks::{TOLERANCE_SECONDS, parse_seconds};
use money::Vnd;
use payment::{Direction, Timestamp};

pub(super) const HMAC: Sender = Sender {
    name: "sepay_hmac",
    proof: Proof::Bytes,
    authenticate: authenticate_hmac,
    read,
    ..Sender::USUAL
};

pub(super) const API_KEY: Sender = Sender {
    name: "sepay_api_key",
    authenticate: authenticate_api_key,
    read,
    ..Sender::USUAL
};

pub(super) const OAUTH2: Sender = Sender {
    name: "sepay_oauth2",
    authenticate: token::authenticate,
    is_usable: proof::is_pair,
    secret_form: PAIR,
    read,
    answer: created,
    token: Some(TokenForm::ClientCredentials),
    ..Sender::USUAL
};

/// The header with the time of sending, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-sepay-timestamp";
/// The header with `sha256=<hex>` over `<timestamp>.<body>`.
pub const SIGNATURE_HEADER: &str = "x-sepay-signature";
/// The header with `Apikey <key>`.
pub const API_KEY_HEADER: &str = "authorization";

/// The only scheme that we believe, so that a message cannot ask for a weaker one.
const SCHEME: &str = "sha256=";

/// In OAuth mode SePay wants to hear 201.
fn created(reply: &Reply<'_>) -> Option<Answer> {
    match success(reply) {
        Some(_) => fixed(201, r#"{"success": true}"#),
        None => None,
    }
}

fn authenticate_hmac(
    raw: &RawCallback<'_>,
    source: &Source<'_>,
) -> Result<(), AuthenticationError> {
    let signature = raw.header(SIGNATURE_HEADER, AuthenticationError::MissingSignature)?;
    let timestamp = raw.header(TIMESTAMP_HEADER, AuthenticationError::BadTimestamp)?;
    let sent = parse_seconds(timestamp).ok_or(AuthenticationError::BadTimestamp)?;
    proof::check_freshness(
        raw.received_at,
        Timestamp::from_seconds(sent),
        source.tolerance(TOLERANCE_SECONDS),
    )?;
    let digits = signature
        .strip_prefix(SCHEME)
        .ok_or(AuthenticationError::BadSignature)?;
    let signature = proof::lower_hex(digits)?;
    proof::one_of(source.secrets, |secret| {
        let parts = [timestamp.as_bytes(), b".", raw.body];
        proof::is_signature::<HmacSha256>(secret.expose(), &parts, &signature)
    })
}

/// SePay writes `Apikey`; its own Laravel package also takes `Bearer`.
pub(super) fn authenticate_api_key(
    raw: &RawCallback<'_>,
    source: &Source<'_>,
) -> Result<(), AuthenticationError> {
    let key = proof::after_scheme(raw, &["Apikey", "Bearer"])?;
    proof::one_of(source.secrets, |secret| {
        proof::same_text(key, secret.expose())
    })
}

/// Reads SePay's message. Members that we do not know are tolerated: it is SePay's contract, and
/// SePay adds members without notice.
fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    let id = members.integer("id")?;
    if id < 1 {
        return members.refuse("id", "must be at least 1");
    }
    Ok(vec![Notice {
        provider_event_id: id.to_string(),
        direction: members.one_of(
            "transferType",
            [("in", Direction::Credit), ("out", Direction::Debit)],
            "must be in or out",
        )?,
        amount: members.positive_amount("transferAmount")?,
        account_number: members.word("accountNumber")?,
        virtual_account: members.optional_word("subAccount")?,
        memo: members.optional_text("content")?.unwrap_or_default(),
        memo_full: members.optional_text("description")?,
        provider_code: members.optional_word("code")?,
        bank_reference: members.optional_word("referenceCode")?,
        booked_at: members.time(
            "transactionDate",
            Timestamp::parse_vietnam_local,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        // SePay writes 0 when the bank does not say; a true balance of 0 looks the same.
        balance_after: members
            .optional_balance("accumulated")?
            .filter(|balance: &Vnd| !balance.is_zero()),
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}

/// The headers that SePay would send with this body at this time. For simulators and tests.
///
/// `None` for an empty secret.
#[must_use]
pub fn sign(secret: &Secret, timestamp: Timestamp, body: &[u8]) -> Option<[(String, String); 2]> {
    if !proof::is_text(secret) {
        return None;
    }
    let timestamp = timestamp.seconds().to_string();
    let parts = [timestamp.as_bytes(), b".", body];
    let signature = proof::signature::<HmacSha256>(secret.expose(), &parts)?;
    let signature = format!("{SCHEME}{signature}");
    Some([
        (TIMESTAMP_HEADER.to_owned(), timestamp),
        (SIGNATURE_HEADER.to_owned(), signature),
    ])
}

/// The header that SePay would send in API-key mode. For simulators and tests.
#[must_use]
pub fn api_key_header(secret: &Secret) -> (String, String) {
    let value = format!("Apikey {}", secret.expose());
    (API_KEY_HEADER.to_owned(), value)
}
