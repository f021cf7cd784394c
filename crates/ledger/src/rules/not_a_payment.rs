//! A person says that money in suspense is no payment at all (interest of the bank, a transfer between
//! own accounts, a gift): debit suspense, credit the other receipts of the bank account.

use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::Vnd;

/// The name of this rule in the journal.
pub const RULE: &str = "not_a_payment";

/// Where the money goes.
#[must_use]
pub fn account(bank_account: &str) -> AccountCode {
    AccountCode::other_receipts(bank_account)
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
