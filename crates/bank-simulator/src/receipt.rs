//! What the bank says happened.

use crate::Fault;
use money::Vnd;
use payment::Timestamp;
use serde::Serialize;

/// One transfer that really happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookedTransfer {
    /// The bank's id of the movement, a positive integer; larger than that of every earlier one.
    pub event_id: String,
    /// The account that received the money.
    pub account_number: String,
    /// What arrived.
    pub amount: Vnd,
    /// The memo as the payee's bank shows it.
    pub memo: String,
    /// The memo as the payer's app sent it.
    pub payer_memo: String,
    /// The bank's own reference, `FT…`.
    pub bank_reference: String,
    /// When it was booked: a whole second, because SePay reports no more.
    pub booked_at: Timestamp,
    /// The balance of the account afterwards.
    pub balance_after: Vnd,
}

/// One callback and what became of its first attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentCallback {
    /// The event that it reports.
    pub event_id: String,
    /// What is wrong with this callback; nothing when it is an ordinary notice. When several faults
    /// meet in one, the one that says most about the expected answer.
    pub fault: Option<Fault>,
    /// How long it is held back. With neither a status nor an error it is sent in the background.
    pub delay_ms: u64,
    /// The status of the answer to the first attempt.
    pub status: Option<u16>,
    /// Why there was no answer. The secret and the address are never in it.
    pub error: Option<String>,
}

/// What one order led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The transfers that were booked: none for a forgery, two when the payer paid twice.
    pub transfers: Vec<BookedTransfer>,
    /// The callbacks in the order of sending; none when they were dropped.
    pub callbacks: Vec<SentCallback>,
}
