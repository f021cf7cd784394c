//! One movement of money, in our own words.

use money::Vnd;
use payment::{Direction, Timestamp};
use std::fmt::Write as _;

/// One movement on a watched account, as one sender reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sender's id of the movement: the key for "the same again" within one source.
    pub provider_event_id: String,
    /// Money in or out.
    pub direction: Direction,
    /// At least 1 đồng, whichever way it went.
    pub amount: Vnd,
    /// The account that moved.
    pub account_number: String,
    /// The virtual account that the payer used, if any.
    pub virtual_account: Option<String>,
    /// The memo, untouched; perhaps shortened by the sender.
    pub memo: String,
    /// The full text of the bank's message where the sender has both, or the merchant's own number of
    /// the order: another text in which our reference may stand.
    pub memo_full: Option<String>,
    /// A payment code that the sender believes to have seen: a hint, never trusted alone.
    pub provider_code: Option<String>,
    /// The bank's own reference. Not unique: banks use it again for reversals and fees.
    pub bank_reference: Option<String>,
    /// When the bank booked it, by the bank's clock.
    pub booked_at: Timestamp,
    /// The account's balance afterwards, if the bank says.
    pub balance_after: Option<Vnd>,
    /// Whether the sender marks it as a trial: acknowledged, never posted.
    pub is_test: bool,
    /// Who paid, as the bank names them.
    pub counterparty_name: Option<String>,
    /// The account that the money came from.
    pub counterparty_account: Option<String>,
}

impl Notice {
    /// The texts to search for references: a sender may shorten one of them.
    pub fn memos(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.memo.as_str()).chain(self.memo_full.as_deref())
    }

    /// A text over everything that decides where the money goes. Two notices with one id and the same
    /// text are a repeat; with different texts they are a conflict (invariant I7).
    ///
    /// Left out: `provider_code` and the payer's name, which a sender may recognise better when it
    /// sends again. Each value carries its length, so no value can imitate a border. The layout is part
    /// of what is stored: change it only together with its version line.
    #[must_use]
    pub fn digest_text(&self) -> String {
        let balance = self.balance_after.map(|balance| balance.to_string());
        let members: [(&str, Option<&str>); 11] = [
            ("id", Some(&self.provider_event_id)),
            ("direction", Some(self.direction.as_str())),
            ("amount", Some(&self.amount.to_string())),
            ("account", Some(&self.account_number)),
            ("virtual_account", self.virtual_account.as_deref()),
            ("memo", Some(&self.memo)),
            ("memo_full", self.memo_full.as_deref()),
            ("bank_reference", self.bank_reference.as_deref()),
            ("booked_at", Some(&self.booked_at.micros().to_string())),
            ("balance_after", balance.as_deref()),
            ("test", Some(if self.is_test { "yes" } else { "no" })),
        ];
        let mut text = String::from("notice/1\n");
        for (name, value) in members {
            // Writing to a String cannot fail.
            let _ = match value {
                Some(value) => writeln!(text, "{name}={}:{value}", value.len()),
                None => writeln!(text, "{name}"),
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        Notice {
            provider_event_id: "92704".to_owned(),
            direction: Direction::Credit,
            amount: Vnd::new(79_000).unwrap(),
            account_number: "0000123499999".to_owned(),
            virtual_account: None,
            memo: "QH234567895V".to_owned(),
            memo_full: None,
            provider_code: None,
            bank_reference: Some("FT1".to_owned()),
            booked_at: Timestamp::from_micros(1),
            balance_after: None,
            is_test: false,
            counterparty_name: None,
            counterparty_account: None,
        }
    }

    #[test]
    fn each_member_that_moves_money_changes_the_digest_text() {
        let changes: [fn(&mut Notice); 11] = [
            |n| n.provider_event_id.push('1'),
            |n| n.direction = Direction::Debit,
            |n| n.amount = Vnd::new(79_001).unwrap(),
            |n| n.account_number.push('1'),
            |n| n.virtual_account = Some(String::new()),
            |n| n.memo.push('1'),
            |n| n.memo_full = Some(String::new()),
            |n| n.bank_reference = None,
            |n| n.booked_at = Timestamp::from_micros(2),
            |n| n.balance_after = Some(Vnd::ZERO),
            |n| n.is_test = true,
        ];
        for change in changes {
            let mut other = notice();
            change(&mut other);
            assert_ne!(other.digest_text(), notice().digest_text(), "{other:?}");
        }
    }

    #[test]
    fn a_hint_recognised_later_is_still_the_same_notice() {
        let mut again = notice();
        again.provider_code = Some("QH234567895V".to_owned());
        assert_eq!(again.digest_text(), notice().digest_text());
    }

    #[test]
    fn a_memo_cannot_imitate_the_border_of_a_member() {
        let mut split = notice();
        split.memo = "A\nmemo_full=1:B".to_owned();
        let mut plain = notice();
        plain.memo = "A".to_owned();
        plain.memo_full = Some("B".to_owned());
        assert_ne!(split.digest_text(), plain.digest_text());
    }
}
