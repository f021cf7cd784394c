//! Casso's second webhook: signed with HMAC-SHA512 over the time and the sorted JSON of the body.
//!
//! Casso's own samples spell that JSON differently once a text is not plain ASCII, because each uses
//! its language's library. All of them are tried. Each is keyed, so a forger gains nothing.

use super::canonical;
use super::members::{Members, strict_value};
use super::proof::{self, HmacSha512};
use super::table::{Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use payment::Timestamp;

pub(super) const SENDER: Sender = Sender {
    name: "casso_v2",
    proof: Proof::Values,
    authenticate,
    read,
    ..Sender::USUAL
};

/// The header with `t=<milliseconds>,v1=<hex>`.
pub const SIGNATURE_HEADER: &str = "x-casso-signature";

/// Casso names no window, and a repeat may carry the first signature: a day, unless it is set
/// otherwise.
const PROPOSED_TOLERANCE_SECONDS: i64 = 86_400;

const SPELLINGS: [canonical::Spelling; 5] = [
    canonical::JAVASCRIPT,
    canonical::PYTHON,
    canonical::PHP,
    canonical::GO,
    canonical::GO_OLD,
];

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let header = raw.header(SIGNATURE_HEADER, AuthenticationError::MissingSignature)?;
    let (time, signature) = header
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="))
        .ok_or(AuthenticationError::BadSignature)?;
    let millis = proof::digits(time).ok_or(AuthenticationError::BadTimestamp)?;
    let sent = Timestamp::from_micros(millis.saturating_mul(1_000));
    let tolerance = source.tolerance(PROPOSED_TOLERANCE_SECONDS);
    proof::check_freshness(raw.received_at, sent, tolerance)?;
    let signature = proof::lower_hex(signature)?;
    // What cannot be read in one way only cannot have been signed by Casso as we would read it.
    let body = strict_value(raw.body).map_err(|_| AuthenticationError::BadSignature)?;
    let texts = SPELLINGS.map(|spelling| canonical::write(&body, spelling));
    proof::one_of(source.secrets, |secret| {
        texts.iter().fold(false, |fits, text| {
            let parts = [time.as_bytes(), b".", text.as_bytes()];
            fits | proof::is_signature::<HmacSha512>(secret.expose(), &parts, &signature)
        })
    })
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    if members.integer("error")? != 0 {
        return members.refuse("error", "must be 0");
    }
    let data = members.object("data")?;
    let id = data.integer("id")?;
    if id < 0 {
        return data.refuse("id", "must not be negative");
    }
    let (direction, amount) = data.signed_amount("amount")?;
    Ok(vec![Notice {
        provider_event_id: id.to_string(),
        direction,
        amount,
        account_number: data.word("accountNumber")?,
        virtual_account: data.optional_word("virtualAccountNumber")?,
        memo: data.optional_text("description")?.unwrap_or_default(),
        memo_full: None,
        provider_code: None,
        bank_reference: data.optional_word("reference")?,
        booked_at: data.time(
            "transactionDateTime",
            Timestamp::parse_vietnam_local,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        balance_after: data.optional_balance("runningBalance")?,
        // The button in Casso's console sends this id; movements have others.
        is_test: id == 0,
        counterparty_name: data.optional_text("counterAccountName")?,
        counterparty_account: data.optional_word("counterAccountNumber")?,
    }])
}

/// The header that Casso's JavaScript sample would send. For simulators and tests.
///
/// `None` for an empty secret and for a body that is not strict JSON.
#[must_use]
pub fn sign(secret: &Secret, at: Timestamp, body: &[u8]) -> Option<(String, String)> {
    if !proof::is_text(secret) {
        return None;
    }
    let millis = at.micros().div_euclid(1_000).to_string();
    let text = canonical::write(&strict_value(body).ok()?, canonical::JAVASCRIPT);
    let parts = [millis.as_bytes(), b".", text.as_bytes()];
    let signature = proof::signature::<HmacSha512>(secret.expose(), &parts)?;
    Some((
        SIGNATURE_HEADER.to_owned(),
        format!("t={millis},v1={signature}"),
    ))
}
