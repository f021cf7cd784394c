//! ZaloPay's callback: JSON in a text, with HMAC-SHA256 under `key2` over exactly that text.
//!
//! It names an order (`app_trans_id`, `yymmdd_` and the merchant's own part) and no account of ours, so
//! the source's settings say where the money is booked.

use super::answer::{Answer, Reply, fixed};
use super::members::{Members, settled_on, strict_value};
use super::proof::{self, HmacSha256};
use super::table::{Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use payment::Direction;
use serde_json::Value;

pub(super) const SENDER: Sender = Sender {
    name: "zalopay",
    proof: Proof::Values,
    authenticate,
    read,
    answer,
    needs_account: true,
    ..Sender::USUAL
};

fn answer(reply: &Reply<'_>) -> Option<Answer> {
    match reply {
        Reply::Accepted { .. } => fixed(200, r#"{"return_code":1,"return_message":"success"}"#),
        Reply::Repeated { .. } => fixed(200, r#"{"return_code":2,"return_message":"duplicate"}"#),
        Reply::Refused(_) => fixed(
            200,
            r#"{"return_code":-1,"return_message":"mac not equal"}"#,
        ),
        Reply::Unreadable(_) | Reply::TryAgain => {
            fixed(200, r#"{"return_code":0,"return_message":"try again"}"#)
        }
    }
}

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let body = strict_value(raw.body).map_err(|_| AuthenticationError::BadSignature)?;
    let mac = body["mac"]
        .as_str()
        .ok_or(AuthenticationError::MissingSignature)?;
    let mac = proof::lower_hex(mac)?;
    let data = body["data"]
        .as_str()
        .ok_or(AuthenticationError::BadSignature)?;
    proof::one_of(source.secrets, |secret| {
        proof::is_signature::<HmacSha256>(secret.expose(), &[data.as_bytes()], &mac)
    })
}

fn read(body: &[u8], account: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let outer = Members::read(body)?;
    // 1 is an order; other kinds word their data differently. The kind is not signed, so it can only
    // lead to less being read.
    if outer.integer("type")? != 1 {
        return outer.refuse("type", "must be 1");
    }
    let Some(Value::String(data)) = outer.all().get("data") else {
        return outer.refuse("data", "must be a text");
    };
    let data = Members::read(data.as_bytes())?;
    let order = data.word("app_trans_id")?;
    let transaction = data.id("zp_trans_id")?;
    Ok(vec![Notice {
        provider_event_id: format!("{order}:{transaction}"),
        direction: Direction::Credit,
        amount: data.positive_amount("amount")?,
        account_number: settled_on(account)?,
        virtual_account: None,
        memo: order.clone(),
        memo_full: None,
        provider_code: Some(order),
        bank_reference: Some(transaction),
        booked_at: data.milliseconds("server_time")?,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}

/// The body that ZaloPay would send with this data. For simulators and tests.
///
/// `None` for an empty secret.
#[must_use]
pub fn sign(secret: &Secret, data: &str) -> Option<String> {
    if !proof::is_text(secret) {
        return None;
    }
    let mac = proof::signature::<HmacSha256>(secret.expose(), &[data.as_bytes()])?;
    Some(serde_json::json!({"data": data, "mac": mac, "type": 1}).to_string())
}
