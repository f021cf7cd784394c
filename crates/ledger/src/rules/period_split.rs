//! The period's money of an item goes to those who get it: debit what was collected, credit each share.

use crate::split::{Recipient, SharePart};
use crate::{AccountCode, EntryError, JournalEntry, Posting, Side};
use payment::request::ItemCode;

/// The name of this rule in the journal.
pub const RULE: &str = "period_split";

/// The entry for one item's parts, or nothing when there is nothing to share. When more went back than
/// came in, the sides are the other way round.
///
/// # Errors
/// [`EntryError`] when a sum leaves the range.
pub fn entry(item: &ItemCode, parts: &[SharePart]) -> Result<Option<JournalEntry>, EntryError> {
    let mut postings = Vec::with_capacity(parts.len() * 2);
    for part in parts {
        if part.amount.is_zero() {
            continue;
        }
        let (side, amount) = if part.amount.is_positive() {
            (Side::Credit, part.amount)
        } else {
            (Side::Debit, part.amount.negated())
        };
        postings.push(Posting {
            account: account(item, &part.recipient),
            side,
            amount,
        });
    }
    let total = money::Vnd::sum(parts.iter().map(|part| part.amount))?;
    if !total.is_zero() {
        let (side, amount) = if total.is_positive() {
            (Side::Debit, total)
        } else {
            (Side::Credit, total.negated())
        };
        postings.insert(
            0,
            Posting {
                account: AccountCode::collected(item),
                side,
                amount,
            },
        );
    }
    if postings.is_empty() {
        return Ok(None);
    }
    JournalEntry::try_new(RULE, postings).map(Some)
}

/// Where a recipient's share of an item stands until it is paid.
#[must_use]
pub fn account(item: &ItemCode, recipient: &Recipient) -> AccountCode {
    match recipient {
        Recipient::Retained => AccountCode::retained(item),
        Recipient::Budget => AccountCode::payable_budget(item),
        Recipient::Other(name) => AccountCode::payable_other(name, item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use money::Vnd;
    use proptest::prelude::*;

    fn parts(amounts: [i64; 3]) -> Vec<SharePart> {
        ["retained", "Cơ quan khác", "budget"]
            .into_iter()
            .zip(amounts)
            .map(|(recipient, dong)| SharePart {
                recipient: Recipient::parse(recipient),
                taken: Vnd::new(dong).unwrap(),
                amount: Vnd::new(dong).unwrap(),
            })
            .collect()
    }

    #[test]
    fn nothing_collected_posts_nothing() {
        let item = ItemCode::parse("X").unwrap();
        assert_eq!(entry(&item, &parts([0, 0, 0])), Ok(None));
    }

    proptest! {
        #[test]
        fn the_item_loses_exactly_what_the_recipients_get(
            amounts in prop::array::uniform3(-1_000_000_000i64..1_000_000_000)
        ) {
            let item = ItemCode::parse("X").unwrap();
            let moved = |entry: &JournalEntry, account: &AccountCode| -> i64 {
                entry.postings().iter().filter(|posting| posting.account == *account)
                    .map(|posting| posting.side.signed(posting.amount).get()).sum()
            };
            if let Some(entry) = entry(&item, &parts(amounts)).unwrap() {
                prop_assert_eq!(moved(&entry, &AccountCode::collected(&item)), amounts.iter().sum::<i64>());
                for (part, amount) in parts(amounts).iter().zip(amounts) {
                    prop_assert_eq!(moved(&entry, &account(&item, &part.recipient)), -amount);
                }
            } else {
                prop_assert_eq!(amounts, [0, 0, 0]);
            }
        }
    }
}
