//! Our own contract, for a bank that builds its notices to us.
//!
//! Signed like Standard Webhooks 1.0; the members carry the names of ISO 20022 camt.054 in snake case
//! (`Ntry/CdtDbtInd`, `Ntry/BookgDt`, `NtryDtls/TxDtls/RmtInf`, `Refs/EndToEndId`). One message is one
//! movement. It is our contract, so a member that we do not know is refused: a misspelt
//! `virtual_acount` must not turn a payment into unclaimed money without anybody noticing.

use super::members::Members;
use super::table::{Proof, Sender};
use super::{AuthenticationError, MalformedCallback, Notice, RawCallback, Source};
use crate::Secret;
use crate::standard_webhooks::{
    self, ID_HEADER, Key, SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE_SECONDS, VerifyError,
};
use payment::{Direction, Timestamp};

pub(super) const SENDER: Sender = Sender {
    name: "thungan",
    proof: Proof::Bytes,
    authenticate,
    is_usable,
    secret_form: "whsec_ followed by 24 to 64 bytes in base64",
    read,
    ..Sender::USUAL
};

const MEMBERS: [&str; 14] = [
    "notification_id",
    "account_number",
    "credit_debit_indicator",
    "amount",
    "currency",
    "booked_at",
    "remittance_information",
    "end_to_end_id",
    "bank_reference",
    "virtual_account",
    "balance_after",
    "debtor_name",
    "debtor_account",
    "test",
];

fn is_usable(secret: &Secret) -> bool {
    Key::parse(secret.expose()).is_ok()
}

fn authenticate(raw: &RawCallback<'_>, source: &Source<'_>) -> Result<(), AuthenticationError> {
    let signatures = raw.header(SIGNATURE_HEADER, AuthenticationError::MissingSignature)?;
    let id = raw.header(ID_HEADER, AuthenticationError::MissingSignature)?;
    let timestamp = raw.header(TIMESTAMP_HEADER, AuthenticationError::BadTimestamp)?;
    let keys: Vec<Key> = source
        .secrets
        .iter()
        .filter_map(|secret| Key::parse(secret.expose()).ok())
        .collect();
    standard_webhooks::verify_within(
        source.tolerance(TOLERANCE_SECONDS),
        &keys,
        id,
        timestamp,
        signatures,
        raw.body,
        raw.received_at,
    )
    .map_err(|error| match error {
        VerifyError::BadTimestamp => AuthenticationError::BadTimestamp,
        VerifyError::StaleTimestamp => AuthenticationError::StaleTimestamp,
        VerifyError::BadId | VerifyError::BadSignature => AuthenticationError::BadSignature,
    })
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    members.allow_only(&MEMBERS)?;
    if members.word("currency")? != "VND" {
        return members.refuse("currency", "must be VND");
    }
    Ok(vec![Notice {
        provider_event_id: members.word("notification_id")?,
        direction: members.one_of(
            "credit_debit_indicator",
            [("CRDT", Direction::Credit), ("DBIT", Direction::Debit)],
            "must be CRDT or DBIT",
        )?,
        amount: members.positive_amount("amount")?,
        account_number: members.word("account_number")?,
        virtual_account: members.optional_word("virtual_account")?,
        memo: members
            .optional_text("remittance_information")?
            .unwrap_or_default(),
        memo_full: None,
        // The payer's own id of the transfer: a hint, like a code that an aggregator recognised.
        provider_code: members.optional_word("end_to_end_id")?,
        bank_reference: members.optional_word("bank_reference")?,
        booked_at: members.time(
            "booked_at",
            Timestamp::parse_rfc3339,
            "must be an RFC 3339 date-time with an offset",
        )?,
        balance_after: members.optional_balance("balance_after")?,
        is_test: members.flag("test")?,
        counterparty_name: members.optional_text("debtor_name")?,
        counterparty_account: members.optional_word("debtor_account")?,
    }])
}

/// The headers to send with this body at this time. For simulators, tests and banks.
///
/// `None` when the secret is not `whsec_<base64>`, or the message id is empty or contains a dot.
#[must_use]
pub fn sign(
    secret: &Secret,
    message_id: &str,
    timestamp: Timestamp,
    body: &[u8],
) -> Option<[(String, String); 3]> {
    if message_id.is_empty() || message_id.contains('.') {
        return None;
    }
    let key = Key::parse(secret.expose()).ok()?;
    let signature = standard_webhooks::sign(&[key], message_id, timestamp, body);
    Some([
        (ID_HEADER.to_owned(), message_id.to_owned()),
        (TIMESTAMP_HEADER.to_owned(), timestamp.seconds().to_string()),
        (SIGNATURE_HEADER.to_owned(), signature),
    ])
}
