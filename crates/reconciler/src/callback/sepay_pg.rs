//! The IPN of SePay's payment gateway (orders by transfer, card or wallet).
//!
//! It names an order and no account of ours, so the source's settings say where the money is booked.

use super::members::{Members, settled_on};
use super::table::Sender;
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source, proof};
use crate::Secret;
use payment::{Direction, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "sepay_pg",
    authenticate,
    read,
    needs_account: true,
    ..Sender::USUAL
};

/// The header with the secret key.
pub const SECRET_HEADER: &str = "x-secret-key";

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let key = raw.header(SECRET_HEADER, AuthenticationError::MissingSignature)?;
    proof::one_of(source.secrets, |secret| {
        proof::same_text(key, secret.expose())
    })
}

fn read(body: &[u8], account: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    let direction = members.one_of(
        "notification_type",
        [
            ("ORDER_PAID", Direction::Credit),
            ("RENEWAL_ORDER_PAID", Direction::Credit),
            ("TRANSACTION_VOID", Direction::Debit),
        ],
        "must be ORDER_PAID, RENEWAL_ORDER_PAID or TRANSACTION_VOID",
    )?;
    let (order, transaction) = (members.object("order")?, members.object("transaction")?);
    if order.word("order_currency")? != "VND" {
        return order.refuse("order_currency", "must be VND");
    }
    let invoice = order.optional_word("order_invoice_number")?;
    Ok(vec![Notice {
        provider_event_id: format!(
            "{}:{}",
            transaction.id("id")?,
            members.word("notification_type")?
        ),
        direction,
        amount: transaction.decimal_amount("transaction_amount")?,
        account_number: settled_on(account)?,
        virtual_account: None,
        memo: order
            .optional_text("order_description")?
            .unwrap_or_default(),
        memo_full: invoice.clone(),
        provider_code: invoice,
        bank_reference: transaction.optional_word("transaction_id")?,
        booked_at: transaction.time(
            "transaction_date",
            Timestamp::parse_vietnam_local,
            "must be a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        )?,
        balance_after: None,
        is_test: false,
        counterparty_name: None,
        counterparty_account: None,
    }])
}

/// The header that SePay would send. For simulators and tests.
#[must_use]
pub fn secret_header(secret: &Secret) -> (String, String) {
    (SECRET_HEADER.to_owned(), secret.expose().to_owned())
}
