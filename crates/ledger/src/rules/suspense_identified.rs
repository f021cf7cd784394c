//! A person says whose money waits in suspense: debit suspense, credit what the requests lack.

use super::covering::{RequestPart, total};
use super::payment_settled::Settlement;
use crate::{AccountCode, EntryError, JournalEntry, Posting};

/// The name of this rule in the journal, for one request.
pub const RULE: &str = "suspense_identified";
/// The name of this rule in the journal, for several requests.
pub const SPLIT_RULE: &str = "suspense_split";

/// The entry that gives money from suspense to these requests, each of them once.
///
/// # Errors
/// [`EntryError`] when an amount is not positive or leaves the range.
pub fn entry(parts: &[RequestPart<'_>]) -> Result<Settlement, EntryError> {
    let mut postings = vec![Posting::debit(AccountCode::suspense(), total(parts)?)];
    let mut covered = Vec::with_capacity(parts.len());
    for part in parts {
        covered.push(part.give(&mut postings)?);
    }
    let rule = if parts.len() > 1 { SPLIT_RULE } else { RULE };
    Ok(Settlement {
        entry: JournalEntry::try_new(rule, postings)?,
        covered,
    })
}
