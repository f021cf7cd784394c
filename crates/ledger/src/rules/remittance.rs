//! What was owed to the budget or to another office is paid: debit what was owed, credit the bank.

use super::period_split::account;
use crate::split::Recipient;
use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::Vnd;
use payment::request::ItemCode;

/// The name of this rule in the journal.
pub const RULE: &str = "remittance";

/// The entry for a payment from `bank_account` of these items' money to `recipient`.
///
/// # Errors
/// [`EntryError`] when an amount is not positive or the sum leaves the range.
pub fn entry(
    bank_account: &str,
    recipient: &Recipient,
    items: &[(ItemCode, Vnd)],
) -> Result<JournalEntry, EntryError> {
    let total = Vnd::sum(items.iter().map(|(_, amount)| *amount))?;
    let mut postings: Vec<Posting> = items
        .iter()
        .map(|(item, amount)| Posting::debit(account(item, recipient), *amount))
        .collect();
    postings.push(Posting::credit(AccountCode::bank(bank_account), total));
    JournalEntry::try_new(RULE, postings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_bank_is_no_longer_owed() {
        let item = |code| ItemCode::parse(code).unwrap();
        let vnd = |dong| Vnd::new(dong).unwrap();
        let items = [(item("A"), vnd(600)), (item("B"), vnd(400))];
        let entry = entry("001", &Recipient::Budget, &items).unwrap();
        assert_eq!(
            entry.postings(),
            [
                Posting::debit(AccountCode::payable_budget(&item("A")), vnd(600)),
                Posting::debit(AccountCode::payable_budget(&item("B")), vnd(400)),
                Posting::credit(AccountCode::bank("001"), vnd(1_000)),
            ]
        );
        assert!(super::entry("001", &Recipient::Budget, &[]).is_err());
    }
}
