//! A person orders that money in suspense goes back to where it came from: debit suspense, credit what
//! is owed as refunds from the bank account. The bank's debit settles that debt; we never move money.

use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::Vnd;

/// The name of this rule in the journal.
pub const RULE: &str = "refund_out";

/// Where the debt stands.
#[must_use]
pub fn account(bank_account: &str) -> AccountCode {
    AccountCode::refund_due(bank_account)
}

/// The entry for `amount` that came in on `bank_account`.
///
/// # Errors
/// [`EntryError::NotPositive`] when the amount is not positive.
pub fn entry(bank_account: &str, amount: Vnd) -> Result<JournalEntry, EntryError> {
    JournalEntry::try_new(
        RULE,
        vec![
            Posting::debit(AccountCode::suspense(), amount),
            Posting::credit(account(bank_account), amount),
        ],
    )
}
