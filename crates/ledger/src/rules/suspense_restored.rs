//! Something that was decided about a credit is taken back: debit where its money went, credit
//! suspense. A compensating entry; what it compensates stays in the journal.

use super::covering::{RequestPart, total};
use super::payment_settled::Settlement;
use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::Vnd;

/// The name of this rule in the journal.
pub const RULE: &str = "suspense_restored";

/// The entry that takes these parts back from their requests.
///
/// # Errors
/// [`EntryError`] when an amount is not positive, or is more than the request has.
pub fn from_requests(parts: &[RequestPart<'_>]) -> Result<Settlement, EntryError> {
    let mut postings = vec![Posting::credit(AccountCode::suspense(), total(parts)?)];
    let mut covered = Vec::with_capacity(parts.len());
    for part in parts {
        covered.push(part.take_back(&mut postings)?);
    }
    Ok(Settlement {
        entry: JournalEntry::try_new(RULE, postings)?,
        covered,
    })
}

/// The entry that takes `amount` back from the account of `not_a_payment`, `refund_out` or
/// `duplicate_confirmed`.
///
/// # Errors
/// [`EntryError::NotPositive`] when the amount is not positive.
pub fn from_account(account: AccountCode, amount: Vnd) -> Result<JournalEntry, EntryError> {
    JournalEntry::try_new(
        RULE,
        vec![
            Posting::debit(account, amount),
            Posting::credit(AccountCode::suspense(), amount),
        ],
    )
}
