//! A request receives money.
//!
//! Debit the bank with what arrived. Credit what the request still lacks to its items, in the order
//! of its lines; what goes beyond is the payer's. The split into retained and budget shares is not
//! posted here: it is made per period and item on the sum.

use crate::{AccountCode, EntryError, JournalEntry, Posting};
use money::{AmountError, Vnd};
use payment::request::Line;

/// The name of this rule in the journal.
pub const RULE: &str = "payment_settled";

/// What one credit does to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// The balanced entry.
    pub entry: JournalEntry,
    /// What now counts as received in all, surplus included.
    pub received: Vnd,
}

/// The entry for `credit` đồng that arrived on `bank_account` for a request with these `lines`, of
/// which `received_before` has already been allocated. What exceeds the request goes to
/// `payer_credit`.
///
/// # Errors
/// [`EntryError`] when an amount is not positive or leaves the range.
pub fn settle(
    bank_account: &str,
    lines: &[Line],
    received_before: Vnd,
    credit: Vnd,
    payer_credit: &AccountCode,
) -> Result<Settlement, EntryError> {
    let mut postings = vec![Posting::debit(AccountCode::bank(bank_account), credit)];
    let mut already_covered = received_before;
    let mut left = credit;
    for line in lines {
        let covered = already_covered.min(line.amount);
        already_covered = already_covered.checked_sub(covered)?;
        let part = line.amount.checked_sub(covered)?.min(left);
        if part.is_positive() {
            left = left.checked_sub(part)?;
            add_credit(&mut postings, AccountCode::collected(&line.item), part)?;
        }
    }
    if left.is_positive() {
        add_credit(&mut postings, payer_credit.clone(), left)?;
    }
    Ok(Settlement {
        entry: JournalEntry::try_new(RULE, postings)?,
        received: received_before.checked_add(credit)?,
    })
}

/// Two lines of one item make one posting: the account's history stays one row per payment.
fn add_credit(
    postings: &mut Vec<Posting>,
    account: AccountCode,
    amount: Vnd,
) -> Result<(), AmountError> {
    match postings
        .iter_mut()
        .find(|posting| posting.account == account)
    {
        Some(posting) => posting.amount = posting.amount.checked_add(amount)?,
        None => postings.push(Posting::credit(account, amount)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use payment::request::ItemCode;
    use proptest::prelude::*;

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    fn line(item: &str, amount: i64) -> Line {
        Line {
            item: ItemCode::parse(item).unwrap(),
            description: None,
            amount: vnd(amount),
            pricing: None,
        }
    }

    fn credits(settlement: &Settlement) -> Vec<(String, i64)> {
        settlement.entry.postings()[1..]
            .iter()
            .map(|posting| (posting.account.to_string(), posting.amount.get()))
            .collect()
    }

    #[test]
    fn a_partial_payment_fills_the_lines_in_their_order() {
        let lines = [line("A", 100), line("B", 50)];
        let payer = AccountCode::payer_credit("P");
        let first = settle("1", &lines, vnd(0), vnd(120), &payer).unwrap();
        assert_eq!(
            credits(&first),
            [("collected:A".into(), 100), ("collected:B".into(), 20)]
        );
        let second = settle("1", &lines, first.received, vnd(40), &payer).unwrap();
        assert_eq!(
            credits(&second),
            [("collected:B".into(), 30), ("payer_credit:P".into(), 10)]
        );
    }

    #[test]
    fn a_second_full_payment_belongs_to_the_payer_whole() {
        let lines = [line("A", 100)];
        let payer = AccountCode::payer_credit("P");
        let second = settle("1", &lines, vnd(100), vnd(100), &payer).unwrap();
        assert_eq!(credits(&second), [("payer_credit:P".into(), 100)]);
    }

    proptest! {
        #[test]
        fn whatever_arrives_in_whatever_parts_each_item_gets_its_price_and_the_payer_the_rest(
            prices in prop::collection::vec(0i64..1_000_000, 1..6),
            parts in prop::collection::vec(1i64..1_500_000, 1..8),
        ) {
            let lines: Vec<_> = prices.iter().enumerate().map(|(i, p)| line(&format!("I{i}"), *p)).collect();
            let payer = AccountCode::payer_credit("P");
            let mut received = Vnd::ZERO;
            let mut collected = std::collections::BTreeMap::<String, i64>::new();
            for part in &parts {
                let settlement = settle("1", &lines, received, vnd(*part), &payer).unwrap();
                received = settlement.received;
                for (account, amount) in credits(&settlement) {
                    *collected.entry(account).or_default() += amount;
                }
            }
            let total: i64 = parts.iter().sum();
            prop_assert_eq!(received.get(), total);
            prop_assert_eq!(collected.values().sum::<i64>(), total);
            let price: i64 = prices.iter().sum();
            let surplus = collected.get("payer_credit:P").copied().unwrap_or(0);
            prop_assert_eq!(surplus, (total - price).max(0));
            for (index, price) in prices.iter().enumerate() {
                let got = collected.get(&format!("collected:I{index}")).copied().unwrap_or(0);
                prop_assert!(got <= *price);
            }
        }
    }
}
