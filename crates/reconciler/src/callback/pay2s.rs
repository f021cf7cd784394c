//! Pay2S: a shared token, several movements in one message. It wants 200 and `{"success": true}`.
//!
//! Each movement carries a `checksum` whose rule is not published; it is not looked at.

use super::members::Members;
use super::table::Sender;
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source, proof, token};
use crate::Secret;
use payment::{Direction, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "pay2s",
    authenticate,
    read,
    ..Sender::USUAL
};

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let given = proof::after_scheme(raw, &["Bearer"])?;
    proof::one_of(source.secrets, |secret| {
        proof::same_text(given, secret.expose())
    })
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let rows = Members::read(body)?.objects("transactions")?;
    rows.iter().map(notice).collect()
}

fn notice(row: &Members) -> Result<Notice, MalformedCallback> {
    Ok(Notice {
        provider_event_id: row.id("id")?,
        direction: row.one_of(
            "transferType",
            [("IN", Direction::Credit), ("OUT", Direction::Debit)],
            "must be IN or OUT",
        )?,
        amount: row.positive_amount("transferAmount")?,
        account_number: row.word("accountNumber")?,
        virtual_account: None,
        memo: row.optional_text("content")?.unwrap_or_default(),
        memo_full: None,
        provider_code: None,
        bank_reference: row.optional_word("transactionNumber")?,
        booked_at: row.time(
            "transactionDate",
            Timestamp::parse_vietnam_local,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    })
}

/// The header that Pay2S would send. For simulators and tests.
#[must_use]
pub fn token_header(secret: &Secret) -> (String, String) {
    token::bearer_header(secret.expose())
}
