//! MoMo's IPN: HMAC-SHA256 over thirteen values in a fixed order, in the body itself.
//!
//! It names an order and no account of ours, so the source's settings say where the money is booked.
//! The secret is written `access_key:secret_key`. Nothing in the signed text is encoded, so a value
//! that holds `&name=` could be cut in two ways; such a message goes into quarantine.

use super::answer::{Answer, Reply, fixed};
use super::canonical;
use super::members::{Members, refuse_whole, settled_on, strict_value};
use super::payos::is_ambiguous;
use super::proof::{self, HmacSha256};
use super::table::{Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use payment::Direction;
use serde_json::{Map, Value};

pub(super) const SENDER: Sender = Sender {
    name: "momo",
    proof: Proof::Values,
    authenticate,
    is_usable: proof::is_pair,
    secret_form: "the access key and the secret key with a colon between them",
    read,
    answer,
    needs_account: true,
    ..Sender::USUAL
};

/// The signed values after the access key, in MoMo's order.
const SIGNED: [&str; 12] = [
    "amount",
    "extraData",
    "message",
    "orderId",
    "orderInfo",
    "orderType",
    "partnerCode",
    "payType",
    "requestId",
    "responseTime",
    "resultCode",
    "transId",
];

/// Paid. 9000 is only authorised, everything else has failed.
const PAID: i64 = 0;

fn answer(reply: &Reply<'_>) -> Option<Answer> {
    match reply {
        Reply::Accepted { .. } | Reply::Repeated { .. } => fixed(204, ""),
        _ => None,
    }
}

fn signed_text(access_key: &str, body: &Map<String, Value>) -> String {
    let mut text = format!("accessKey={access_key}");
    for name in SIGNED {
        let value = match body.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(value)) => value.clone(),
            Some(other) => canonical::write(other, canonical::JAVASCRIPT),
        };
        text.push_str(&format!("&{name}={value}"));
    }
    text
}

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let body = strict_value(raw.body).map_err(|_| AuthenticationError::BadSignature)?;
    let body = body.as_object().ok_or(AuthenticationError::BadSignature)?;
    let signature = body
        .get("signature")
        .and_then(Value::as_str)
        .ok_or(AuthenticationError::MissingSignature)?;
    let signature = proof::lower_hex(signature)?;
    proof::one_of(source.secrets, |secret| {
        proof::pair(secret).is_some_and(|(access_key, secret_key)| {
            let text = signed_text(access_key, body);
            proof::is_signature::<HmacSha256>(secret_key, &[text.as_bytes()], &signature)
        })
    })
}

fn read(body: &[u8], account: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    if is_ambiguous(members.all(), &SIGNED) {
        return refuse_whole("holds a value that could be read as two under its signature");
    }
    let amount = members.positive_amount("amount")?;
    if members.integer("resultCode")? != PAID {
        // Authorised only, or failed: nothing has moved.
        return Ok(Vec::new());
    }
    let order = members.word("orderId")?;
    let transaction = members.id("transId")?;
    Ok(vec![Notice {
        provider_event_id: format!("{order}:{transaction}"),
        direction: Direction::Credit,
        amount,
        account_number: settled_on(account)?,
        virtual_account: None,
        memo: members.optional_text("orderInfo")?.unwrap_or_default(),
        memo_full: Some(order.clone()),
        provider_code: Some(order),
        bank_reference: Some(transaction),
        booked_at: members.milliseconds("responseTime")?,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}

/// The signature of this body, lower-case hex. For simulators and tests.
///
/// `None` for a secret that is not two texts.
#[must_use]
pub fn sign(secret: &Secret, body: &Map<String, Value>) -> Option<String> {
    let (access_key, secret_key) = proof::pair(secret)?;
    let text = signed_text(access_key, body);
    proof::signature::<HmacSha256>(secret_key, &[text.as_bytes()])
}
