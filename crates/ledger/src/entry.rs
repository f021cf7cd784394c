//! Journal entries that can only be built balanced.

use crate::AccountCode;
use money::{AmountError, Vnd};
use serde::{Deserialize, Serialize};

/// Debit or credit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Raises an asset, lowers a liability.
    Debit,
    /// Raises a liability, lowers an asset.
    Credit,
}

impl Side {
    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "debit" => Some(Self::Debit),
            "credit" => Some(Self::Credit),
            _ => None,
        }
    }

    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }

    /// `amount` as a change of a balance that counts debits as positive.
    #[must_use]
    pub const fn signed(self, amount: Vnd) -> Vnd {
        match self {
            Self::Debit => amount,
            Self::Credit => amount.negated(),
        }
    }
}

/// One line of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// The account that moves.
    pub account: AccountCode,
    /// To which side.
    pub side: Side,
    /// By how much; at least 1 đồng.
    pub amount: Vnd,
}

impl Posting {
    /// A debit of `amount`.
    #[must_use]
    pub const fn debit(account: AccountCode, amount: Vnd) -> Self {
        Self {
            account,
            side: Side::Debit,
            amount,
        }
    }

    /// A credit of `amount`.
    #[must_use]
    pub const fn credit(account: AccountCode, amount: Vnd) -> Self {
        Self {
            account,
            side: Side::Credit,
            amount,
        }
    }
}

/// Why postings are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Debits and credits differ.
    #[error("debits are {debits} and credits are {credits}")]
    Unbalanced {
        /// The sum of the debits.
        debits: Vnd,
        /// The sum of the credits.
        credits: Vnd,
    },
    /// A posting of nothing, or of less.
    #[error("the posting to {account} is not a positive amount")]
    NotPositive {
        /// Where.
        account: AccountCode,
    },
    /// Fewer than two postings.
    #[error("an entry needs at least one debit and one credit")]
    TooFew,
    /// The sums leave the range of an amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// A balanced entry: the only way money moves in the books.
///
/// There are no setters. A correction is a [`JournalEntry::reversal`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalEntry {
    rule: &'static str,
    postings: Vec<Posting>,
}

impl JournalEntry {
    /// An entry made by the posting rule named `rule`.
    ///
    /// # Errors
    /// [`EntryError`] when it does not balance, or a posting is not positive (invariant I1).
    pub fn try_new(rule: &'static str, postings: Vec<Posting>) -> Result<Self, EntryError> {
        if postings.len() < 2 {
            return Err(EntryError::TooFew);
        }
        if let Some(bad) = postings
            .iter()
            .find(|posting| !posting.amount.is_positive())
        {
            return Err(EntryError::NotPositive {
                account: bad.account.clone(),
            });
        }
        let total = |side| {
            Vnd::sum(
                postings
                    .iter()
                    .filter(|posting| posting.side == side)
                    .map(|posting| posting.amount),
            )
        };
        let (debits, credits) = (total(Side::Debit)?, total(Side::Credit)?);
        if debits != credits {
            return Err(EntryError::Unbalanced { debits, credits });
        }
        Ok(Self { rule, postings })
    }

    /// The name of the posting rule that made it.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule
    }

    /// The lines, in the order in which they are posted.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The entry that undoes this one: the same amounts on the other sides.
    #[must_use]
    pub fn reversal(&self) -> Self {
        Self {
            rule: "reversal",
            postings: self
                .postings
                .iter()
                .map(|posting| Posting {
                    account: posting.account.clone(),
                    side: posting.side.opposite(),
                    amount: posting.amount,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    #[test]
    fn an_entry_that_does_not_balance_cannot_be_built() {
        let postings = vec![
            Posting::debit(AccountCode::bank("1"), vnd(10)),
            Posting::credit(AccountCode::suspense(), vnd(9)),
        ];
        assert_eq!(
            JournalEntry::try_new("test", postings),
            Err(EntryError::Unbalanced {
                debits: vnd(10),
                credits: vnd(9)
            })
        );
    }

    #[test]
    fn a_posting_of_nothing_is_refused() {
        let postings = vec![
            Posting::debit(AccountCode::bank("1"), vnd(0)),
            Posting::credit(AccountCode::suspense(), vnd(0)),
        ];
        assert!(matches!(
            JournalEntry::try_new("test", postings),
            Err(EntryError::NotPositive { .. })
        ));
    }

    proptest! {
        #[test]
        fn an_entry_and_its_reversal_leave_every_balance_as_it_was(parts in prop::collection::vec(1i64..1_000_000, 1..8)) {
            let mut postings: Vec<_> = parts
                .iter()
                .map(|part| Posting::credit(AccountCode::suspense(), vnd(*part)))
                .collect();
            postings.push(Posting::debit(AccountCode::bank("1"), vnd(parts.iter().sum())));
            let entry = JournalEntry::try_new("test", postings).unwrap();
            let net: i64 = entry
                .postings()
                .iter()
                .chain(entry.reversal().postings())
                .filter(|posting| posting.account == AccountCode::suspense())
                .map(|posting| posting.side.signed(posting.amount).get())
                .sum();
            prop_assert_eq!(net, 0);
        }
    }
}
