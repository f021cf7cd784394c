//! A person confirms that a credit in suspense reports money that is in the books already: debit
//! suspense, credit the bank, which never received it a second time.

use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::Vnd;

/// The name of this rule in the journal.
pub const RULE: &str = "duplicate_confirmed";

/// Where the money goes: out of the books.
#[must_use]
pub fn account(bank_account: &str) -> AccountCode {
    AccountCode::bank(bank_account)
}

/// The entry for `amount` that was reported twice on `bank_account`.
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
