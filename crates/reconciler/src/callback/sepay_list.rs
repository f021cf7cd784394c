//! One movement of SePay's list of transactions (`userapi/transactions/list`), which we ask for
//! ourselves. Its `id` is the `id` of the webhook about the same movement.

use super::MalformedCallback;
use super::Notice;
use super::members::Members;
use super::table::Sender;
use money::Vnd;
use payment::{Direction, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "sepay_list",
    read,
    ..Sender::POLLED
};

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    // Two members for two directions; exactly one of them is not zero.
    let (direction, amount) = match (
        members.amount_or_zero("amount_in")?,
        members.amount_or_zero("amount_out")?,
    ) {
        (Some(amount), None) => (Direction::Credit, amount),
        (None, Some(amount)) => (Direction::Debit, amount),
        _ => return members.refuse("amount_in", "must be the only amount, or amount_out"),
    };
    Ok(vec![Notice {
        provider_event_id: members.id("id")?,
        direction,
        amount,
        account_number: members.word("account_number")?,
        virtual_account: members.optional_word("sub_account")?,
        memo: members
            .optional_text("transaction_content")?
            .unwrap_or_default(),
        memo_full: None,
        provider_code: members.optional_word("code")?,
        bank_reference: members.optional_word("reference_number")?,
        booked_at: members.time(
            "transaction_date",
            Timestamp::parse_vietnam_local,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        balance_after: members
            .optional_decimal_balance("accumulated")?
            .filter(|balance: &Vnd| !balance.is_zero()),
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}
