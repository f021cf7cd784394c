//! VNPAY's IPN: a GET whose query is signed with HMAC-SHA512.
//!
//! It names an order and no account of ours, so the source's settings say where the money is booked.
//! Amounts are đồng times 100. The browser that comes back from VNPAY carries the same query to
//! another address and proves nothing.
//!
//! VNPAY may be told that an order is unknown (01) or that its amount differs (04). We never say so:
//! the payer's money has moved, so it is taken, answered with 00 and judged in the books.

use super::answer::{Answer, Reply, fixed};
use super::members::{parse_compact_time, refuse_whole, settled_on};
use super::proof::{self, HmacSha512};
use super::table::{Carrier, Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use money::Vnd;
use payment::Direction;
use std::collections::BTreeMap;

pub(super) const SENDER: Sender = Sender {
    name: "vnpay",
    carrier: Carrier::Query,
    proof: Proof::Values,
    authenticate,
    read,
    answer,
    needs_account: true,
    ..Sender::USUAL
};

const HASH: &str = "vnp_SecureHash";
/// Not part of what is signed.
const UNSIGNED: [&str; 2] = [HASH, "vnp_SecureHashType"];
/// What every name of VNPAY's begins with; others came with our own address and are not looked at.
const PREFIX: &str = "vnp_";
/// Parameters that are looked at; VNPAY sends fewer than twenty.
const PARAMETERS_MAX: usize = 64;
/// The largest movement that is believed, in đồng.
const MOVEMENT_MAX: i64 = 10_000_000_000_000;

fn answer(reply: &Reply<'_>) -> Option<Answer> {
    match reply {
        Reply::Accepted { .. } => fixed(200, r#"{"RspCode":"00","Message":"Confirm Success"}"#),
        Reply::Repeated { .. } => fixed(
            200,
            r#"{"RspCode":"02","Message":"Order already confirmed"}"#,
        ),
        Reply::Refused(_) => fixed(200, r#"{"RspCode":"97","Message":"Invalid signature"}"#),
        Reply::Unreadable(_) | Reply::TryAgain => {
            fixed(200, r#"{"RspCode":"99","Message":"Unknown error"}"#)
        }
    }
}

/// The parameters of a query (`application/x-www-form-urlencoded`), each name once.
fn parameters(query: &[u8]) -> Result<BTreeMap<String, String>, &'static str> {
    let mut all = BTreeMap::new();
    for pair in query
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let at = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = pair.split_at(at.unwrap_or(pair.len()));
        let (name, value) = (decode(name)?, decode(value.get(1..).unwrap_or_default())?);
        if !name.starts_with(PREFIX) {
            continue;
        }
        if all.len() >= PARAMETERS_MAX {
            return Err("has too many parameters");
        }
        if all.insert(name, value).is_some() {
            return Err("gives a parameter twice");
        }
    }
    Ok(all)
}

fn decode(text: &[u8]) -> Result<String, &'static str> {
    const WRONG: &str = "must be percent-encoded UTF-8";
    let mut bytes = text.iter().copied();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    let digit = char::from(bytes.next()?).to_digit(16)?;
                    u8::try_from(digit).ok()
                };
                match (digit(), digit()) {
                    (Some(high), Some(low)) => high << 4 | low,
                    _ => return Err(WRONG),
                }
            }
            byte => byte,
        });
    }
    match String::from_utf8(decoded) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(WRONG),
    }
}

/// A value as VNPAY encodes it before signing. Languages disagree about the asterisk.
fn encode(text: &str, keeps_asterisk: bool) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            b'*' if keeps_asterisk => encoded.push('*'),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn signed_text(parameters: &BTreeMap<String, String>, keeps_asterisk: bool) -> String {
    let encode = |text| encode(text, keeps_asterisk);
    parameters
        .iter()
        .filter(|(name, value)| !UNSIGNED.contains(&name.as_str()) && !value.is_empty())
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let parameters = parameters(raw.body).map_err(|_| AuthenticationError::BadSignature)?;
    let hash = parameters
        .get(HASH)
        .ok_or(AuthenticationError::MissingSignature)?;
    // VNPAY compares without regard to case.
    let hash = hex::decode(hash).map_err(|_| AuthenticationError::BadSignature)?;
    let texts = [true, false].map(|asterisk| signed_text(&parameters, asterisk));
    proof::one_of(source.secrets, |secret| {
        texts.iter().fold(false, |fits, text| {
            let parts = [text.as_bytes()];
            fits | proof::is_signature::<HmacSha512>(secret.expose(), &parts, &hash)
        })
    })
}

fn refuse<T>(name: &str, rule: &'static str) -> Result<T, MalformedCallback> {
    Err(MalformedCallback {
        pointer: format!("/{name}"),
        rule,
    })
}

fn read(query: &[u8], account: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let parameters = parameters(query).or_else(refuse_whole)?;
    let value = |name: &str| {
        parameters
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty() && value.len() <= 4_096)
    };
    let given = |name: &str| value(name).map_or_else(|| refuse(name, "must be given"), Ok);
    let is_paid = given("vnp_ResponseCode")? == "00" && given("vnp_TransactionStatus")? == "00";
    let hundredths = proof::digits(given("vnp_Amount")?);
    let amount = hundredths
        .filter(|hundredths| hundredths % 100 == 0)
        .and_then(|hundredths| Vnd::positive(hundredths / 100).ok())
        .filter(|amount| amount.get() <= MOVEMENT_MAX);
    let Some(amount) = amount else {
        return refuse("vnp_Amount", "must be whole đồng times 100");
    };
    let (order, number) = (given("vnp_TxnRef")?, given("vnp_TransactionNo")?);
    if order.len() > 100 || number.len() > 64 {
        return refuse("vnp_TxnRef", "is too long");
    }
    if !is_paid {
        // Cancelled or failed: nothing has moved.
        return Ok(Vec::new());
    }
    let Ok(booked_at) = parse_compact_time(given("vnp_PayDate")?) else {
        return refuse(
            "vnp_PayDate",
            "must be a Vietnam time of the form yyyyMMddHHmmss",
        );
    };
    Ok(vec![Notice {
        provider_event_id: format!("{order}:{number}"),
        direction: Direction::Credit,
        amount,
        account_number: settled_on(account)?,
        virtual_account: None,
        memo: value("vnp_OrderInfo").unwrap_or_default().to_owned(),
        memo_full: Some(order.to_owned()),
        provider_code: Some(order.to_owned()),
        bank_reference: Some(value("vnp_BankTranNo").unwrap_or(number).to_owned()),
        booked_at,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}

/// The query that VNPAY would send with these parameters. For simulators and tests.
///
/// `None` for an empty secret.
#[must_use]
pub fn sign(secret: &Secret, parameters: &BTreeMap<String, String>) -> Option<String> {
    if !proof::is_text(secret) {
        return None;
    }
    let text = signed_text(parameters, false);
    let hash = proof::signature::<HmacSha512>(secret.expose(), &[text.as_bytes()])?;
    Some(format!("{text}&{HASH}={hash}"))
}
