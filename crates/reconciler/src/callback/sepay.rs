//! SePay's bank-transfer webhook.
//!
//! Two ways to prove the sender, chosen in SePay's console: a signature over the body, or an API key.

use super::members::{Members, refuse};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback};
use crate::Secret;
use crate::standard_webhooks::{TOLERANCE_SECONDS, parse_seconds};
use hmac::{Hmac, KeyInit as _, Mac as _};
use money::Vnd;
use payment::{Direction, Timestamp};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The header with the time of sending, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-sepay-timestamp";
/// The header with `sha256=<hex>` over `<timestamp>.<body>`.
pub const SIGNATURE_HEADER: &str = "x-sepay-signature";
/// The header with `Apikey <key>`.
pub const API_KEY_HEADER: &str = "authorization";

/// The only scheme that we believe, so that a message cannot ask for a weaker one.
const SCHEME: &str = "sha256=";

pub(super) fn is_usable(secret: &Secret) -> bool {
    !secret.expose().is_empty()
}

fn mac(secret: &Secret, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length, so this is never `None`.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    for part in [timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

pub(super) fn authenticate_hmac(
    raw: &RawCallback<'_>,
    secrets: &[Secret],
) -> Result<(), AuthenticationError> {
    let signature = raw.header(SIGNATURE_HEADER, AuthenticationError::MissingSignature)?;
    let timestamp = raw.header(TIMESTAMP_HEADER, AuthenticationError::BadTimestamp)?;
    let sent = parse_seconds(timestamp).ok_or(AuthenticationError::BadTimestamp)?;
    if raw.received_at.seconds().abs_diff(sent) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(AuthenticationError::StaleTimestamp);
    }
    let signature = parse_signature(signature).ok_or(AuthenticationError::BadSignature)?;
    // Every secret is tried, whichever fits, and `verify_slice` compares in constant time.
    let fits = secrets.iter().fold(false, |fits, secret| {
        let mac = mac(secret, timestamp, raw.body);
        fits | mac.is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    });
    if fits {
        Ok(())
    } else {
        Err(AuthenticationError::BadSignature)
    }
}

/// `sha256=` and 64 lower-case hex digits, exactly: one signature has one spelling.
fn parse_signature(header: &str) -> Option<[u8; 32]> {
    let digits = header.strip_prefix(SCHEME)?;
    if digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return None;
    }
    let mut signature = [0; 32];
    hex::decode_to_slice(digits, &mut signature).ok()?;
    Some(signature)
}

pub(super) fn authenticate_api_key(
    raw: &RawCallback<'_>,
    secrets: &[Secret],
) -> Result<(), AuthenticationError> {
    let value = raw.header(API_KEY_HEADER, AuthenticationError::MissingSignature)?;
    let (scheme, key) = value
        .split_once(' ')
        .ok_or(AuthenticationError::BadSignature)?;
    // Names of authentication schemes are case-insensitive in HTTP (RFC 9110, 11.1).
    if !scheme.eq_ignore_ascii_case("apikey") {
        return Err(AuthenticationError::BadSignature);
    }
    // Digests of equal length are compared, so the time tells neither the place of the first
    // difference nor the length of the key.
    let key = Sha256::digest(key.as_bytes());
    let fits = secrets.iter().fold(false, |fits, secret| {
        let secret = Sha256::digest(secret.expose().as_bytes());
        fits | bool::from(key.as_slice().ct_eq(secret.as_slice()))
    });
    if fits {
        Ok(())
    } else {
        Err(AuthenticationError::BadSignature)
    }
}

/// Reads SePay's message. Members that we do not know are tolerated: it is SePay's contract, and
/// SePay adds members without notice.
pub(super) fn read(body: &[u8]) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    let id = members.integer("id")?;
    if id < 1 {
        return refuse("id", "must be at least 1");
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
    if !is_usable(secret) {
        return None;
    }
    let timestamp = timestamp.seconds().to_string();
    let signature = mac(secret, &timestamp, body)?.finalize().into_bytes();
    let signature = format!("{SCHEME}{}", hex::encode(signature));
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
