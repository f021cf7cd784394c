//! The invariants of the books, by name.
//!
//! `thungan audit`, the property tests and the crash tests all report a failure as one of these.

use serde::Serialize;
use std::fmt;

/// One promise that the stored data must keep.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub enum Invariant {
    /// Each journal entry balances; amounts are positive.
    I1,
    /// An account's balance is the sum of its postings; running balances and sequences are continuous.
    I2,
    /// The trial balance of each tenant is zero.
    I3,
    /// Nothing recorded is changed or removed: digests, sequences and the hash chain hold.
    I5,
    /// Each acknowledged callback has its bytes and exactly one outcome per message in it.
    I6,
    /// One bank transaction gives at most one journal entry.
    I7,
    /// A bank credit is allocated at most once.
    I8,
    /// The balances that the bank reports go on from each other, or an open gap says where not.
    I9,
    /// Received = allocated + suspense, per bank account.
    I10,
    /// A request's state is a function of what is allocated to it.
    I11,
    /// Remitted + still owed = each recipient's share, per item and period.
    I13,
    /// Receipt series have no gap and no repeat, and each receipt is as it was issued.
    I14,
    /// Each state change has exactly one event; each event is delivered, waiting or listed as dead.
    I15,
    /// Rows belong to the tenant of the rows they point to.
    I18,
}

impl Invariant {
    /// Every invariant that exists so far.
    pub const ALL: [Self; 14] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
        Self::I9,
        Self::I10,
        Self::I11,
        Self::I13,
        Self::I14,
        Self::I15,
        Self::I18,
    ];

    /// The short name, `I1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I8 => "I8",
            Self::I9 => "I9",
            Self::I10 => "I10",
            Self::I11 => "I11",
            Self::I13 => "I13",
            Self::I14 => "I14",
            Self::I15 => "I15",
            Self::I18 => "I18",
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A row that breaks a promise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Violation {
    /// Which promise.
    pub invariant: Invariant,
    /// The table and the key of the row, such as `posting suspense #3`.
    pub row: String,
    /// What is wrong, with both figures where two should agree.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.invariant, self.row, self.detail)
    }
}
