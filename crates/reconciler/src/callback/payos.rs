//! payOS's webhook: HMAC-SHA256 over the sorted values of `data`, in the body itself.
//!
//! The signature covers `data` alone; what stands around it is not believed. The signed text joins
//! `name=value` with `&` and encodes nothing, so a value that holds `&name=` could be cut in two ways.
//! Such a message is not read: it goes into quarantine.

use super::canonical;
use super::members::{Members, refuse_whole, strict_value};
use super::proof::{self, HmacSha256};
use super::table::{Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use payment::{Direction, Timestamp};
use serde_json::{Map, Value};

pub(super) const SENDER: Sender = Sender {
    name: "payos",
    proof: Proof::Values,
    authenticate,
    read,
    ..Sender::USUAL
};

/// The members of `data` that decide anything.
const READ: [&str; 12] = [
    "accountNumber",
    "amount",
    "code",
    "counterAccountName",
    "counterAccountNumber",
    "currency",
    "description",
    "orderCode",
    "paymentLinkId",
    "reference",
    "transactionDateTime",
    "virtualAccountNumber",
];

/// The text that payOS signs for `data`: members sorted by name, `name=value` joined with `&`, nothing
/// encoded; null and the words `null` and `undefined` are empty.
#[must_use]
pub fn signed_text(data: &Map<String, Value>) -> String {
    let mut names: Vec<&String> = data.keys().collect();
    names.sort();
    let values = names.into_iter().map(|name| {
        let value = match data.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) if is_nothing(text) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => canonical::write(other, canonical::JAVASCRIPT),
        };
        format!("{name}={value}")
    });
    values.collect::<Vec<_>>().join("&")
}

/// What payOS's libraries make of a value that is not there.
fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "null" | "undefined")
}

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let body = strict_value(raw.body).map_err(|_| AuthenticationError::BadSignature)?;
    let signature = body["signature"]
        .as_str()
        .ok_or(AuthenticationError::MissingSignature)?;
    let signature = proof::lower_hex(signature)?;
    let data = body["data"]
        .as_object()
        .ok_or(AuthenticationError::BadSignature)?;
    let text = signed_text(data);
    proof::one_of(source.secrets, |secret| {
        proof::is_signature::<HmacSha256>(secret.expose(), &[text.as_bytes()], &signature)
    })
}

/// Whether one of the values could hide a further member.
pub(super) fn is_ambiguous(data: &Map<String, Value>, names: &[&str]) -> bool {
    data.values()
        .filter_map(Value::as_str)
        .any(|text| names.iter().any(|name| text.contains(&format!("&{name}="))))
}

/// The registration test of payOS, with the data that merchants know, and the older one.
fn is_registration_test(order: i64, account: &str, memo: &str) -> bool {
    order == 123
        && ((memo == "VQRIO123" && account == "12345678") || memo == "Ma giao dich thu nghiem")
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let data = Members::read(body)?.object("data")?;
    if is_ambiguous(data.all(), &READ) {
        return refuse_whole("holds a value that could be read as two under its signature");
    }
    // The signature does not tell a missing value from these words, so neither does the reader.
    let given = |text: Option<String>| text.filter(|text| !is_nothing(text));
    if data.word("currency")? != "VND" {
        return data.refuse("currency", "must be VND");
    }
    let amount = data.positive_amount("amount")?;
    if data.word("code")? != "00" {
        // Not paid: nothing has moved.
        return Ok(Vec::new());
    }
    let order = data.integer("orderCode")?;
    let account_number = data.word("accountNumber")?;
    let memo = given(data.optional_text("description")?).unwrap_or_default();
    let reference = data.word("reference")?;
    let is_test = is_registration_test(order, &account_number, &memo);
    Ok(vec![Notice {
        provider_event_id: format!("{}:{reference}", data.word("paymentLinkId")?),
        direction: Direction::Credit,
        amount,
        account_number,
        virtual_account: given(data.optional_word("virtualAccountNumber")?),
        memo,
        memo_full: None,
        provider_code: Some(order.to_string()),
        bank_reference: Some(reference),
        booked_at: data.time(
            "transactionDateTime",
            Timestamp::parse_vietnam_local,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        balance_after: None,
        is_test,
        counterparty_name: given(data.optional_text("counterAccountName")?),
        counterparty_account: given(data.optional_word("counterAccountNumber")?),
    }])
}

/// The signature of this `data`, lower-case hex.
///
/// `None` for an empty secret.
#[must_use]
pub fn sign(secret: &Secret, data: &Map<String, Value>) -> Option<String> {
    if !proof::is_text(secret) {
        return None;
    }
    proof::signature::<HmacSha256>(secret.expose(), &[signed_text(data).as_bytes()])
}
