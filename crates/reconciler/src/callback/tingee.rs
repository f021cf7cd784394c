//! Tingee's webhook: HMAC-SHA512 over the time of sending and the exact body, as its official
//! libraries compute it.
//!
//! Tingee only reports money that came in, so there is no member for a direction.

use super::answer::{Answer, Reply, fixed};
use super::members::{Members, parse_compact_time};
use super::proof::{self, HmacSha512};
use super::table::{Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use payment::{Direction, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "tingee",
    proof: Proof::Bytes,
    authenticate,
    read,
    answer,
    ..Sender::USUAL
};

/// The header with the hex of the keyed hash.
pub const SIGNATURE_HEADER: &str = "x-signature";
/// The header with the time of sending, `yyyyMMddHHmmssSSS`.
pub const TIMESTAMP_HEADER: &str = "x-request-timestamp";

/// No window is published, and the time carries no zone: a day, unless it is set otherwise.
const PROPOSED_TOLERANCE_SECONDS: i64 = 86_400;

fn answer(reply: &Reply<'_>) -> Option<Answer> {
    match reply {
        Reply::Accepted { .. } | Reply::Repeated { .. } => {
            fixed(200, r#"{"code":"00","message":"OK"}"#)
        }
        _ => None,
    }
}

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let signature = raw.header(SIGNATURE_HEADER, AuthenticationError::MissingSignature)?;
    let time = raw.header(TIMESTAMP_HEADER, AuthenticationError::BadTimestamp)?;
    let sent = time
        .get(..14)
        .filter(|_| time.len() == 17 && time.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|seconds| parse_compact_time(seconds).ok())
        .ok_or(AuthenticationError::BadTimestamp)?;
    let tolerance = source.tolerance(PROPOSED_TOLERANCE_SECONDS);
    proof::check_freshness(raw.received_at, sent, tolerance)?;
    let signature = proof::lower_hex(signature)?;
    proof::one_of(source.secrets, |secret| {
        let parts = [time.as_bytes(), b":", raw.body];
        proof::is_signature::<HmacSha512>(secret.expose(), &parts, &signature)
    })
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    let code = members.word("transactionCode")?;
    Ok(vec![Notice {
        provider_event_id: code.clone(),
        direction: Direction::Credit,
        amount: members.positive_amount("amount")?,
        account_number: members.word("accountNumber")?,
        virtual_account: members.optional_word("vaAccountNumber")?,
        memo: members.optional_text("content")?.unwrap_or_default(),
        memo_full: None,
        provider_code: None,
        bank_reference: Some(code),
        booked_at: members.time(
            "transactionDate",
            parse_compact_time,
            "must be a Vietnam time of the form yyyyMMddHHmmss",
        )?,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}

/// The headers that Tingee would send with this body at this time. For simulators and tests.
///
/// `None` for an empty secret.
#[must_use]
pub fn sign(secret: &Secret, at: Timestamp, body: &[u8]) -> Option<[(String, String); 2]> {
    if !proof::is_text(secret) {
        return None;
    }
    let millis = at.micros().div_euclid(1_000).rem_euclid(1_000);
    let time = format!("{}{millis:03}", compact(at));
    let parts = [time.as_bytes(), b":", body];
    let signature = proof::signature::<HmacSha512>(secret.expose(), &parts)?;
    Some([
        (TIMESTAMP_HEADER.to_owned(), time),
        (SIGNATURE_HEADER.to_owned(), signature),
    ])
}

/// `yyyyMMddHHmmss` in Vietnam.
#[must_use]
pub fn compact(at: Timestamp) -> String {
    at.vietnam_local()
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}
