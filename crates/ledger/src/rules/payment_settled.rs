//! Money comes in for one or more requests.
//!
//! Debit the bank with what arrived. Credit what each request still lacks to its items, in the order
//! of its lines; what goes beyond is the payer's. The split into retained and budget shares is not
//! posted here: it is made per period and item on the sum.

use super::covering::{Covered, RequestPart, total};
use crate::{AccountCode, EntryError, JournalEntry, Posting};

/// The name of this rule in the journal.
pub const RULE: &str = "payment_settled";

/// What a credit does to its requests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// The balanced entry.
    pub entry: JournalEntry,
    /// For each part, in order.
    pub covered: Vec<Covered>,
}

/// The entry for money that arrived on `bank_account` and is these parts. The parts name different
/// requests.
///
/// # Errors
/// [`EntryError`] when an amount is not positive or leaves the range.
pub fn settle(bank_account: &str, parts: &[RequestPart<'_>]) -> Result<Settlement, EntryError> {
    let mut postings = vec![Posting::debit(
        AccountCode::bank(bank_account),
        total(parts)?,
    )];
    let mut covered = Vec::with_capacity(parts.len());
    for part in parts {
        covered.push(part.give(&mut postings)?);
    }
    Ok(Settlement {
        entry: JournalEntry::try_new(RULE, postings)?,
        covered,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{suspense_identified, suspense_restored};
    use money::Vnd;
    use payment::request::{ItemCode, Line};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

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

    fn part<'a>(lines: &'a [Line], payer: &str, before: Vnd, amount: i64) -> RequestPart<'a> {
        RequestPart {
            lines,
            payer_credit: AccountCode::payer_credit(payer),
            received_before: before,
            amount: vnd(amount),
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
        let first = settle("1", &[part(&lines, "P", vnd(0), 120)]).unwrap();
        assert_eq!(
            credits(&first),
            [("collected:A".into(), 100), ("collected:B".into(), 20)]
        );
        let before = first.covered[0].received;
        let second = settle("1", &[part(&lines, "P", before, 40)]).unwrap();
        assert_eq!(
            credits(&second),
            [("collected:B".into(), 30), ("payer_credit:P".into(), 10)]
        );
        assert_eq!(second.covered[0].collected, vnd(30));
    }

    #[test]
    fn a_second_full_payment_belongs_to_the_payer_whole() {
        let lines = [line("A", 100)];
        let second = settle("1", &[part(&lines, "P", vnd(100), 100)]).unwrap();
        assert_eq!(credits(&second), [("payer_credit:P".into(), 100)]);
    }

    #[test]
    fn one_credit_for_two_requests_is_one_entry() {
        let (first, second) = ([line("A", 100)], [line("A", 30), line("B", 20)]);
        let parts = [
            part(&first, "P", vnd(0), 100),
            part(&second, "P", vnd(0), 50),
        ];
        let settlement = settle("1", &parts).unwrap();
        assert_eq!(settlement.entry.postings()[0].amount, vnd(150));
        assert_eq!(
            credits(&settlement),
            [("collected:A".into(), 130), ("collected:B".into(), 20)]
        );
        let collected: Vec<_> = settlement
            .covered
            .iter()
            .map(|c| c.collected.get())
            .collect();
        assert_eq!(collected, [100, 50]);
    }

    /// What an entry adds to each account, credits positive.
    fn add_to(accounts: &mut BTreeMap<String, i64>, entry: &JournalEntry) {
        for posting in entry.postings() {
            let signed = -posting.side.signed(posting.amount).get();
            *accounts.entry(posting.account.to_string()).or_default() += signed;
        }
    }

    proptest! {
        #[test]
        fn whatever_arrives_in_whatever_parts_each_item_gets_its_price_and_the_payer_the_rest(
            prices in prop::collection::vec(0i64..1_000_000, 1..6),
            parts in prop::collection::vec(1i64..1_500_000, 1..8),
        ) {
            let lines: Vec<_> = prices.iter().enumerate().map(|(i, p)| line(&format!("I{i}"), *p)).collect();
            let mut received = Vnd::ZERO;
            let mut collected = BTreeMap::<String, i64>::new();
            for amount in &parts {
                let settlement = settle("1", &[part(&lines, "P", received, *amount)]).unwrap();
                received = settlement.covered[0].received;
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

        #[test]
        fn giving_and_taking_back_in_any_order_ends_where_it_began(
            prices in prop::collection::vec(0i64..1_000, 1..5),
            given in prop::collection::vec((1i64..1_500, any::<u16>()), 1..8),
        ) {
            let lines: Vec<_> = prices.iter().enumerate().map(|(i, p)| line(&format!("I{i}"), *p)).collect();
            let mut accounts = BTreeMap::<String, i64>::new();
            let mut received = Vnd::ZERO;
            for (amount, _) in &given {
                let entry = suspense_identified::entry(&[part(&lines, "P", received, *amount)]).unwrap();
                add_to(&mut accounts, &entry.entry);
                received = entry.covered[0].received;
            }
            let mut back = given.clone();
            back.sort_by_key(|(_, order)| *order);
            for (amount, _) in back {
                let restored = suspense_restored::from_requests(&[part(&lines, "P", received, amount)]).unwrap();
                add_to(&mut accounts, &restored.entry);
                received = restored.covered[0].received;
                let collected: i64 = accounts.iter().filter(|(a, _)| a.starts_with("collected")).map(|(_, v)| v).sum();
                let price: i64 = prices.iter().sum();
                prop_assert_eq!(collected, received.get().min(price));
            }
            prop_assert_eq!(received, Vnd::ZERO);
            prop_assert!(accounts.values().all(|balance| *balance == 0));
        }
    }
}
