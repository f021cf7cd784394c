//! VietQR.vn: it asks us for a token before every call, then tells us about a movement.
//!
//! The names of the members are lower case in most manuals and camel case in one: both are read, one
//! spelling at a time.

use super::answer::{Answer, Reply};
use super::members::Members;
use super::table::{PAIR, Sender};
use super::token::{self, TokenForm};
use super::{MalformedCallback, Notice, proof};
use payment::Direction;
use std::borrow::Cow;

pub(super) const SENDER: Sender = Sender {
    name: "vietqr_vn",
    read,
    ..TRANSACTION_SYNC
};

/// What is common to all who call `transaction-sync`.
pub(super) const TRANSACTION_SYNC: Sender = Sender {
    authenticate: token::authenticate,
    is_usable: proof::is_pair,
    secret_form: PAIR,
    answer,
    token: Some(TokenForm::Basic),
    path: Some("bank/api/transaction-sync"),
    reference_is_unique: true,
    ..Sender::USUAL
};

/// The codes that VietQR.vn's own receiver answers with, by the member that is wrong.
const CODES: [(&str, &str); 7] = [
    ("amount", "002"),
    ("transType", "003"),
    ("transactiontime", "004"),
    ("transactionid", "007"),
    ("referencenumber", "008"),
    ("content", "009"),
    ("bankaccount", "010"),
];
/// The body as a whole is wrong.
const BODY: &str = "001";
/// Anything else.
const UNEXPECTED: &str = "005";

pub(super) fn answer(reply: &Reply<'_>) -> Option<Answer> {
    let (status, code, text, receipt) = match reply {
        Reply::Accepted { receipt } | Reply::Repeated { receipt } => {
            (200, "000", "", Some(*receipt))
        }
        // 400 ends the delivery: the message is with us, and would not become readable by coming again.
        Reply::Unreadable(malformed) => {
            let member = malformed.pointer.trim_start_matches('/');
            let code = CODES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(member));
            (400, code.map_or(BODY, |(_, code)| code), "unreadable", None)
        }
        // The sender fetches a new token on 401.
        Reply::Refused(_) => (401, UNEXPECTED, "not authentic", None),
        // Whatever is not 2xx or 400 is tried again.
        Reply::TryAgain => (503, UNEXPECTED, "try again", None),
    };
    let body = serde_json::json!({
        "error": receipt.is_none(),
        "errorReason": code,
        "toastMessage": text,
        "object": receipt.map(|receipt| serde_json::json!({"reftransactionid": receipt})),
    });
    Some(Answer {
        status,
        body: Cow::Owned(body.to_string()),
    })
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    Ok(vec![notice(&members)?])
}

/// The name under which a member stands: lower case, or the camel case of the English manual.
fn spelling(
    members: &Members,
    lower: &'static str,
    camel: &'static str,
) -> Result<&'static str, MalformedCallback> {
    match (members.has(lower), members.has(camel)) {
        (true, true) => members.refuse(lower, "must not be given in two spellings"),
        (false, true) => Ok(camel),
        _ => Ok(lower),
    }
}

pub(super) fn notice(members: &Members) -> Result<Notice, MalformedCallback> {
    let name = |lower, camel| spelling(members, lower, camel);
    let content = members.optional_text("content")?;
    // The contract wants it; without it the payer cannot be told, and a person has to look.
    let Some(memo) = content else {
        return members.refuse("content", "must be given");
    };
    Ok(Notice {
        provider_event_id: members.word(name("transactionid", "transactionId")?)?,
        direction: members.one_of(
            name("transtype", "transType")?,
            [("C", Direction::Credit), ("D", Direction::Debit)],
            "must be C or D",
        )?,
        amount: members.positive_amount("amount")?,
        account_number: members.word(name("bankaccount", "bankAccount")?)?,
        virtual_account: members.optional_word("va")?,
        memo,
        memo_full: None,
        provider_code: members.optional_word(name("orderid", "orderId")?)?,
        bank_reference: Some(members.word(name("referencenumber", "referenceNumber")?)?),
        booked_at: members.milliseconds(name("transactiontime", "transactionTime")?)?,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: members
            .optional_word(name("reciprocalaccount", "reciprocalAccount")?)?,
    })
}
