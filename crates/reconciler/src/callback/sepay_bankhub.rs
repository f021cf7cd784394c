//! SePay BankHub's balance notice, for platforms. The same API key as the webhook, other members.

use super::MalformedCallback;
use super::members::Members;
use super::table::Sender;
use super::{Notice, sepay};
use money::Vnd;
use payment::{Direction, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "sepay_bankhub",
    authenticate: sepay::authenticate_api_key,
    read,
    ..Sender::USUAL
};

/// BankHub's documentation shows `Y-m-d H:i:s` and calls it ISO 8601: both are read, and a time
/// without a zone is Vietnam time.
fn parse_time(text: &str) -> Result<Timestamp, payment::TimeError> {
    Timestamp::parse_vietnam_local(text).or_else(|_| Timestamp::parse_rfc3339(text))
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    Ok(vec![Notice {
        provider_event_id: members.id("transaction_id")?,
        direction: members.one_of(
            "transfer_type",
            [("credit", Direction::Credit), ("debit", Direction::Debit)],
            "must be credit or debit",
        )?,
        amount: members.positive_amount("amount")?,
        account_number: members.word("account_number")?,
        virtual_account: members.optional_word("va")?,
        memo: members.optional_text("content")?.unwrap_or_default(),
        memo_full: None,
        provider_code: members.optional_word("payment_code")?,
        bank_reference: members.optional_word("reference_code")?,
        booked_at: members.time(
            "transaction_date",
            parse_time,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss, or have an offset",
        )?,
        // BankHub writes 0: it does not know balances yet.
        balance_after: members
            .optional_balance("accumulated")?
            .filter(|balance: &Vnd| !balance.is_zero()),
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}
