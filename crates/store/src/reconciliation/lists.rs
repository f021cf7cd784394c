//! From what was read to the lists. Pure.

use super::{Item, List, Resolution};
use payment::{BankCreditId, Direction, Timestamp};
use reconciler::identity::reference_key;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Who answers what needs no person.
const SYSTEM: &str = "system";
/// A line that no channel reported was booked from the statement.
const FROM_STATEMENT: &str = "booked_from_statement";
/// Several channels reported one movement, and it was counted once.
const COUNTED_ONCE: &str = "counted_once";

/// A credit about which there is something to say.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct OddCredit {
    pub(super) bank_credit_id: Uuid,
    pub(super) line_id: Option<String>,
    pub(super) made: i64,
    pub(super) channels: i64,
    pub(super) amount: i64,
    pub(super) booked_at: i64,
    pub(super) bank_reference: Option<String>,
    pub(super) memo: String,
    pub(super) suspense_reason: Option<String>,
    pub(super) match_detail: String,
    pub(super) held: i64,
    pub(super) item_reason: Option<String>,
    pub(super) act_kind: Option<String>,
    pub(super) act_actor: Option<String>,
    pub(super) act_reason: Option<String>,
    pub(super) act_decided_at: Option<i64>,
}

/// A line of the statement.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Line {
    pub(super) line_id: String,
    pub(super) amount: i64,
    pub(super) booked_at: i64,
    pub(super) bank_reference: Option<String>,
    pub(super) memo: String,
}

/// A payment order that was paid from the account on the day, as a person recorded it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Remitted {
    pub(super) remittance_id: Uuid,
    pub(super) position: i64,
    pub(super) bank_reference: String,
    pub(super) amount: i64,
    pub(super) recorded_at: i64,
}

#[derive(serde::Deserialize)]
struct MatchDetail {
    possible_duplicate_of: Option<BankCreditId>,
}

const POSSIBLE_DUPLICATE: &str = "possible_duplicate";

impl OddCredit {
    /// The payment that it may repeat.
    pub(super) fn other(&self) -> Option<BankCreditId> {
        if self.suspense_reason.as_deref() != Some(POSSIBLE_DUPLICATE) {
            return None;
        }
        let detail: MatchDetail = serde_json::from_str(&self.match_detail).ok()?;
        detail.possible_duplicate_of
    }

    /// It waits whole, as what it came as.
    fn is_undecided_duplicate(&self) -> bool {
        self.held > 0 && self.item_reason.as_deref() == Some(POSSIBLE_DUPLICATE)
    }

    fn is_confirmed_duplicate(&self) -> bool {
        self.act_kind.as_deref() == Some("duplicate_confirmed")
    }

    fn act(&self) -> Option<Resolution> {
        let kind = self.act_kind.as_deref()?;
        Some(Resolution {
            actor: self.act_actor.clone().unwrap_or_default(),
            reason: format!("{kind}: {}", self.act_reason.as_deref().unwrap_or_default()),
            at: self.act_decided_at.map(Timestamp::from_micros),
        })
    }

    fn item(&self, list: List, resolution: Option<Resolution>) -> Item {
        let payment_id = BankCreditId::from_uuid(self.bank_credit_id);
        Item {
            key: payment_id.to_string(),
            list,
            direction: Direction::Credit,
            amount_on_statement: self.line_id.as_ref().map(|_| self.amount),
            amount_in_system: Some(self.amount),
            booked_at: Timestamp::from_micros(self.booked_at),
            bank_reference: self.bank_reference.clone(),
            memo: payment::text::for_display(&self.memo),
            payment_id: Some(payment_id),
            other_payment_id: self.other(),
            suspense_reason: self.item_reason.clone().filter(|_| self.held > 0),
            resolution,
        }
    }
}

impl Line {
    fn item(&self, direction: Direction) -> Item {
        Item {
            key: format!("line_{}", self.line_id),
            list: List::StatementOnly,
            direction,
            amount_on_statement: Some(self.amount),
            amount_in_system: None,
            booked_at: Timestamp::from_micros(self.booked_at),
            bank_reference: self.bank_reference.clone(),
            memo: payment::text::for_display(&self.memo),
            payment_id: None,
            other_payment_id: None,
            suspense_reason: None,
            resolution: None,
        }
    }
}

fn by_itself(reason: &str) -> Option<Resolution> {
    Some(Resolution {
        actor: SYSTEM.to_owned(),
        reason: reason.to_owned(),
        at: None,
    })
}

/// The items of credits. `amounts` are those of the payments that others may repeat.
pub(super) fn of_credits(odd: &[OddCredit], amounts: &BTreeMap<BankCreditId, i64>) -> Vec<Item> {
    // A payment that has no line of its own because the line was booked apart from it, and waits as its
    // possible duplicate, is the same oddity and not another one.
    let told: BTreeSet<BankCreditId> = odd
        .iter()
        .filter(|credit| credit.line_id.is_some())
        .filter(|credit| credit.is_undecided_duplicate() || credit.is_confirmed_duplicate())
        .filter_map(OddCredit::other)
        .collect();
    odd.iter()
        .filter_map(|credit| {
            if let Some(other) = credit.other() {
                return Some(of_duplicate(credit, amounts.get(&other).copied()));
            }
            let id = BankCreditId::from_uuid(credit.bank_credit_id);
            if credit.line_id.is_none() {
                return (!told.contains(&id)).then(|| credit.item(List::SystemOnly, None));
            }
            if credit.held > 0 {
                return Some(credit.item(List::Unidentified, None));
            }
            if credit.made != 0 && credit.channels == 0 {
                return Some(credit.item(List::StatementOnly, by_itself(FROM_STATEMENT)));
            }
            (credit.channels > 1).then(|| credit.item(List::Twice, by_itself(COUNTED_ONCE)))
        })
        .collect()
}

fn of_duplicate(credit: &OddCredit, other: Option<i64>) -> Item {
    let differs = other.is_some_and(|amount| amount != credit.amount);
    let list = if differs {
        List::AmountDiffers
    } else {
        List::Twice
    };
    let mut item = if credit.is_undecided_duplicate() {
        credit.item(list, None)
    } else if credit.held > 0 {
        // Released, and still nobody's.
        credit.item(List::Unidentified, None)
    } else {
        credit.item(list, credit.act())
    };
    if differs {
        // One of the two is the bank's.
        let (bank, ours) = if credit.line_id.is_some() {
            (Some(credit.amount), other)
        } else {
            (other, Some(credit.amount))
        };
        item.amount_on_statement = bank;
        item.amount_in_system = ours;
    }
    item
}

/// The items of money out: lines that no recorded payment explains, and the other way round. A reference
/// and an amount make a pair, each once.
pub(super) fn of_debits(debits: &[Line], remitted: &[Remitted]) -> Vec<Item> {
    let mut paid: BTreeMap<(String, i64), Vec<&Remitted>> = BTreeMap::new();
    for payment in remitted {
        let key = (reference_key(&payment.bank_reference), payment.amount);
        paid.entry(key).or_default().push(payment);
    }
    let mut items = Vec::new();
    for line in debits {
        let reference = line.bank_reference.as_deref().unwrap_or_default();
        let found = paid
            .get_mut(&(reference_key(reference), line.amount))
            .and_then(Vec::pop);
        if found.is_none() {
            items.push(line.item(Direction::Debit));
        }
    }
    for payment in paid.into_values().flatten() {
        let id = payment::RemittanceId::from_uuid(payment.remittance_id);
        items.push(Item {
            key: format!("{id}/{}", payment.position),
            list: List::SystemOnly,
            direction: Direction::Debit,
            amount_on_statement: None,
            amount_in_system: Some(payment.amount),
            booked_at: Timestamp::from_micros(payment.recorded_at),
            bank_reference: Some(payment.bank_reference.clone()),
            memo: String::new(),
            payment_id: None,
            other_payment_id: None,
            suspense_reason: None,
            resolution: None,
        });
    }
    items
}

/// The items of money in that stands in no book.
pub(super) fn of_waiting(lines: &[Line]) -> Vec<Item> {
    lines
        .iter()
        .map(|line| line.item(Direction::Credit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credit(number: u128) -> OddCredit {
        OddCredit {
            bank_credit_id: Uuid::from_u128(number),
            line_id: Some(format!("{number:032x}")),
            made: 0,
            channels: 1,
            amount: 100,
            booked_at: 0,
            bank_reference: None,
            memo: String::new(),
            suspense_reason: None,
            match_detail: "{}".to_owned(),
            held: 0,
            item_reason: None,
            act_kind: None,
            act_actor: None,
            act_reason: None,
            act_decided_at: None,
        }
    }

    fn possible_duplicate_of(other: &OddCredit, mut credit: OddCredit) -> OddCredit {
        credit.suspense_reason = Some(POSSIBLE_DUPLICATE.to_owned());
        credit.item_reason = credit.suspense_reason.clone();
        credit.held = credit.amount;
        let other = BankCreditId::from_uuid(other.bank_credit_id);
        credit.match_detail = format!("{{\"possible_duplicate_of\":\"{other}\"}}");
        credit
    }

    fn listed(odd: &[OddCredit], amounts: &[(&OddCredit, i64)]) -> Vec<(List, bool)> {
        let amounts = amounts
            .iter()
            .map(|(credit, amount)| (BankCreditId::from_uuid(credit.bank_credit_id), *amount))
            .collect();
        of_credits(odd, &amounts)
            .into_iter()
            .map(|item| (item.list, item.resolution.is_some()))
            .collect()
    }

    #[test]
    fn a_line_that_may_repeat_a_payment_without_a_line_is_one_oddity() {
        let told = OddCredit {
            line_id: None,
            ..credit(1)
        };
        let held = possible_duplicate_of(&told, credit(2));
        let both = [told.clone(), held.clone()];
        assert_eq!(listed(&both, &[(&told, 100)]), [(List::Twice, false)]);
        assert_eq!(
            listed(&both, &[(&told, 90)]),
            [(List::AmountDiffers, false)]
        );
        // Confirmed: the payment is the line. Released: the payment has no line any more.
        let act = |kind: &str| OddCredit {
            held: 0,
            act_kind: Some(kind.to_owned()),
            ..held.clone()
        };
        let confirmed = [told.clone(), act("duplicate_confirmed")];
        assert_eq!(listed(&confirmed, &[(&told, 100)]), [(List::Twice, true)]);
        let released = [told.clone(), act("released")];
        assert_eq!(
            listed(&released, &[(&told, 100)]),
            [(List::SystemOnly, false), (List::Twice, true)]
        );
    }

    #[test]
    fn each_credit_stands_on_one_list() {
        let of = |change: fn(&mut OddCredit)| {
            let mut odd = credit(1);
            change(&mut odd);
            listed(&[odd], &[])
        };
        assert_eq!(of(|_| {}), []);
        assert_eq!(
            of(|it| (it.made, it.channels) = (1, 0)),
            [(List::StatementOnly, true)]
        );
        // Told by a callback that came late: nothing is odd any more.
        assert_eq!(of(|it| (it.made, it.channels) = (1, 1)), []);
        assert_eq!(of(|it| it.channels = 2), [(List::Twice, true)]);
        assert_eq!(of(|it| it.line_id = None), [(List::SystemOnly, false)]);
        assert_eq!(
            of(|it| (it.held, it.channels, it.made) = (7, 2, 1)),
            [(List::Unidentified, false)]
        );
    }

    #[test]
    fn money_out_is_matched_with_remittances_by_reference_and_amount_each_once() {
        let line = |reference: &str, amount: i64| Line {
            line_id: "00".to_owned(),
            amount,
            booked_at: 0,
            bank_reference: Some(reference.to_owned()),
            memo: String::new(),
        };
        let paid = |reference: &str, amount: i64| Remitted {
            remittance_id: Uuid::nil(),
            position: 1,
            bank_reference: reference.to_owned(),
            amount,
            recorded_at: 0,
        };
        let lines = [line("FT 01", 5), line("FT01", 5), line("FT02", 6)];
        let items = of_debits(&lines, &[paid("ft01", 5), paid("FT02", 7)]);
        let lists: Vec<_> = items.iter().map(|item| item.list).collect();
        assert_eq!(
            lists,
            [List::StatementOnly, List::StatementOnly, List::SystemOnly]
        );
    }
}
