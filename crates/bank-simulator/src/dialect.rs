//! The bodies and signatures of the senders (SePay's, and our own contract).

use crate::{BookedTransfer, SimulatorError};
use money::Vnd;
use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{Dialect, sepay, thungan};
use serde::Serialize;

/// SePay's message, its members in SePay's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SepayMessage<'a> {
    id: i64,
    gateway: &'a str,
    transaction_date: String,
    account_number: &'a str,
    code: Option<&'a str>,
    content: &'a str,
    transfer_type: &'static str,
    transfer_amount: Vnd,
    accumulated: Vnd,
    sub_account: Option<&'a str>,
    reference_code: &'a str,
    description: String,
}

/// The message of our own contract.
#[derive(Serialize)]
struct ThunganMessage<'a> {
    notification_id: &'a str,
    account_number: &'a str,
    credit_debit_indicator: &'static str,
    amount: Vnd,
    currency: &'static str,
    booked_at: Timestamp,
    remittance_information: &'a str,
    bank_reference: &'a str,
    balance_after: Vnd,
    debtor_name: &'static str,
    debtor_account: &'static str,
}

/// Whether the simulator speaks this dialect; asked before any money moves.
pub(crate) const fn is_spoken(dialect: Dialect) -> bool {
    matches!(
        dialect,
        Dialect::SepayHmac | Dialect::SepayApiKey | Dialect::Thungan
    )
}

/// The bytes that report this transfer, with this amount.
pub(crate) fn body(
    dialect: Dialect,
    gateway: &str,
    transfer: &BookedTransfer,
    amount: Vnd,
) -> Result<Vec<u8>, SimulatorError> {
    let body = match dialect {
        Dialect::SepayHmac | Dialect::SepayApiKey => serde_json::to_vec(&SepayMessage {
            // Drawn from an i64, so it always reads back.
            id: transfer.event_id.parse().unwrap_or(i64::MAX),
            gateway,
            transaction_date: transfer.booked_at.vietnam_local(),
            account_number: &transfer.account_number,
            code: None,
            content: &transfer.memo,
            transfer_type: "in",
            transfer_amount: amount,
            accumulated: transfer.balance_after,
            sub_account: None,
            reference_code: &transfer.bank_reference,
            description: format!("BankAPINotify {}", transfer.memo),
        }),
        Dialect::Thungan => serde_json::to_vec(&ThunganMessage {
            notification_id: &transfer.event_id,
            account_number: &transfer.account_number,
            credit_debit_indicator: "CRDT",
            amount,
            currency: "VND",
            booked_at: transfer.booked_at,
            remittance_information: &transfer.memo,
            bank_reference: &transfer.bank_reference,
            balance_after: transfer.balance_after,
            debtor_name: "TRAN THI VI DU",
            debtor_account: "0011000000001",
        }),
        _ => return Err(SimulatorError::UnknownDialect { dialect }),
    };
    // Texts and numbers only: writing them to memory cannot fail.
    body.map_err(|_| SimulatorError::UnknownDialect { dialect })
}

/// The headers that prove the sender of this body at this time; `None` when the secret cannot be used.
pub(crate) fn sign(
    dialect: Dialect,
    secret: &Secret,
    message_id: &str,
    at: Timestamp,
    body: &[u8],
) -> Option<Vec<(String, String)>> {
    match dialect {
        Dialect::SepayHmac => sepay::sign(secret, at, body).map(Vec::from),
        Dialect::SepayApiKey => Some(vec![sepay::api_key_header(secret)]),
        Dialect::Thungan => thungan::sign(secret, message_id, at, body).map(Vec::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
