//! Money that nobody has claimed: debit the bank, credit suspense.

use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::Vnd;

/// The name of this rule in the journal.
pub const RULE: &str = "credit_in_suspense";

/// The entry for `amount` that arrived on `bank_account` and belongs to no known request.
///
/// # Errors
/// [`EntryError::NotPositive`] when the amount is not positive.
pub fn entry(bank_account: &str, amount: Vnd) -> Result<JournalEntry, EntryError> {
    JournalEntry::try_new(
        RULE,
        vec![
            Posting::debit(AccountCode::bank(bank_account), amount),
            Posting::credit(AccountCode::suspense(), amount),
        ],
    )
}
