//! Casso's first webhook: a shared token in a header, several movements in one message, the sign of
//! the amount for its direction.

use super::members::Members;
use super::table::Sender;
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source, proof};
use crate::Secret;
use payment::{TimeError, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "casso_v1",
    authenticate,
    read,
    ..Sender::USUAL
};

/// The header with the shared token; Casso spells it in several ways, and names of headers are
/// case-insensitive.
pub const TOKEN_HEADER: &str = "secure-token";

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let token = raw.header(TOKEN_HEADER, AuthenticationError::MissingSignature)?;
    proof::one_of(source.secrets, |secret| {
        proof::same_text(token, secret.expose())
    })
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    if members.integer("error")? != 0 {
        return members.refuse("error", "must be 0");
    }
    let rows = members.objects("data")?;
    rows.iter().map(|row| notice(row, &ACCOUNT)).collect()
}

/// The names of one account in the webhook. The documentation gives both.
const ACCOUNT: [&str; 2] = ["bank_sub_acc_id", "subAccId"];

/// One movement, in the webhook and in the list.
pub(super) fn notice(row: &Members, account: &[&str]) -> Result<Notice, MalformedCallback> {
    let id = row.integer("id")?;
    if id < 0 {
        return row.refuse("id", "must not be negative");
    }
    let (direction, amount) = row.signed_amount("amount")?;
    Ok(Notice {
        provider_event_id: id.to_string(),
        direction,
        amount,
        account_number: first_word(row, account)?,
        virtual_account: row.optional_word("virtualAccount")?,
        memo: row.optional_text("description")?.unwrap_or_default(),
        memo_full: None,
        provider_code: None,
        bank_reference: row.optional_word("tid")?,
        booked_at: row.time(
            "when",
            parse_time,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        balance_after: row.optional_balance("cusum_balance")?,
        // The button in Casso's console sends this id; movements have others.
        is_test: id == 0,
        counterparty_name: row.optional_text("corresponsiveName")?,
        counterparty_account: row.optional_word("corresponsiveAccount")?,
    })
}

/// The word in the first of these members that has one.
fn first_word(row: &Members, names: &[&str]) -> Result<String, MalformedCallback> {
    for name in names {
        if let Some(word) = row.optional_word(name)? {
            return Ok(word);
        }
    }
    row.refuse(names.first().copied().unwrap_or_default(), "must be given")
}

/// The webhook writes a space, the list a `T`, and either may leave the time of day out.
fn parse_time(text: &str) -> Result<Timestamp, TimeError> {
    if text.len() == 10 {
        return Timestamp::parse_vietnam_local(&format!("{text} 00:00:00"));
    }
    Timestamp::parse_vietnam_local(&text.replacen('T', " ", 1))
}

/// The header that Casso would send. For simulators and tests.
#[must_use]
pub fn token_header(secret: &Secret) -> (String, String) {
    (TOKEN_HEADER.to_owned(), secret.expose().to_owned())
}
