//! A day of an account three ways: the bank's statement, what the channels reported, and the books.
//!
//! What does not agree stands on one of five lists ([`List`]), each oddity once. A day is `khớp`
//! ([`Status::Matched`]) when the statement adds up and everything on the lists was decided or
//! explained. Nothing here changes the books: the lists are computed when they are asked for, from what
//! imports, callbacks and people's acts have left; only explanations are stored.

mod explain;
mod lists;
mod read;

pub use explain::{Explain, Explained, explain};
pub(crate) use read::{covered_accounts, reconcile};

use payment::{BankCreditId, BusinessDate, Direction, StatementImportId, Timestamp};

/// Items of one day that are listed. Beyond it a day is not looked through by a person any more.
pub const ITEMS_MAX: i64 = 10_000;
/// The item that stands for the statement's own sum.
pub const BALANCE: &str = "balance";

/// Where something stands that does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// The bank has it and no channel reported it.
    StatementOnly,
    /// It is in the books and the bank does not have it on this day.
    SystemOnly,
    /// Both have it, with different amounts.
    AmountDiffers,
    /// It was reported, or may be booked, more than once.
    Twice,
    /// Nobody knows yet whose it is.
    Unidentified,
}

impl List {
    /// All lists, in the order in which people are shown them.
    pub const ALL: [Self; 5] = [
        Self::StatementOnly,
        Self::SystemOnly,
        Self::AmountDiffers,
        Self::Twice,
        Self::Unidentified,
    ];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StatementOnly => "statement_only",
            Self::SystemOnly => "system_only",
            Self::AmountDiffers => "amount_differs",
            Self::Twice => "twice",
            Self::Unidentified => "unidentified",
        }
    }

    /// The name on reports.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::StatementOnly => "Chỉ có trên sao kê",
            Self::SystemOnly => "Chỉ có trong hệ thống",
            Self::AmountDiffers => "Lệch số tiền",
            Self::Twice => "Trùng",
            Self::Unidentified => "Chưa nhận diện",
        }
    }
}

/// How a day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No statement speaks of it.
    NoStatement,
    /// Something is neither decided nor explained.
    Open,
    /// `khớp`.
    Matched,
}

impl Status {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoStatement => "no_statement",
            Self::Open => "open",
            Self::Matched => "matched",
        }
    }

    /// The word on reports.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::NoStatement => "chưa có sao kê",
            Self::Open => "chưa khớp",
            Self::Matched => "khớp",
        }
    }
}

/// What answers an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Who.
    pub actor: String,
    /// Why: a code of ours, the kind of an act, or what a person wrote.
    pub reason: String,
    /// When, where it is known.
    pub at: Option<Timestamp>,
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is: a payment, a line or a remittance. The same for as long as it exists.
    pub key: String,
    /// Where it stands.
    pub list: List,
    /// In or out.
    pub direction: Direction,
    /// What the bank says.
    pub amount_on_statement: Option<i64>,
    /// What the books say.
    pub amount_in_system: Option<i64>,
    /// When it was booked at the bank, as far as we know.
    pub booked_at: Timestamp,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The memo.
    pub memo: String,
    /// The payment, if it is one.
    pub payment_id: Option<BankCreditId>,
    /// The payment that it repeats or contradicts.
    pub other_payment_id: Option<BankCreditId>,
    /// Why it waits, where it does.
    pub suspense_reason: Option<String>,
    /// What answers it; none while it is open.
    pub resolution: Option<Resolution>,
}

/// A statement that speaks of the day.
#[derive(Clone, Debug)]
pub struct Source {
    /// The import.
    pub import: StatementImportId,
    /// What the file was called.
    pub file_name: String,
    /// Who brought it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Whether everything in it has its place.
    pub is_done: bool,
}

/// What the statement says about the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bank {
    /// The balance before.
    pub opening: Option<i64>,
    /// Movements in.
    pub credits: i64,
    /// Their sum.
    pub credit_sum: i64,
    /// Movements out.
    pub debits: i64,
    /// Their sum.
    pub debit_sum: i64,
    /// The balance after.
    pub closing: Option<i64>,
    /// Places where the running balance does not go on.
    pub breaks: i64,
}

impl Bank {
    /// Closing − (opening + credits − debits); none when the statement does not say enough.
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        let expected = self
            .opening?
            .checked_add(self.credit_sum)?
            .checked_sub(self.debit_sum)?;
        self.closing?.checked_sub(expected)
    }

    /// Whether it adds up.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.difference() == Some(0) && self.breaks == 0
    }
}

/// Where the money in of the day's lines is in the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Books {
    /// Payments.
    pub booked: i64,
    /// Their sum.
    pub received: i64,
    /// What of it nobody has claimed.
    pub held: i64,
    /// What of it requests and payers have.
    pub allocated: i64,
}

impl Books {
    /// What was set aside: ordered to be refunded, or decided to be no payment.
    #[must_use]
    pub const fn set_aside(&self) -> i64 {
        self.received - self.held - self.allocated
    }
}

/// A day of an account.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// The account.
    pub account_number: String,
    /// The day.
    pub day: BusinessDate,
    /// How it stands.
    pub status: Status,
    /// The statements that speak of it, the earliest first.
    pub statements: Vec<Source>,
    /// The bank.
    pub bank: Bank,
    /// The books.
    pub books: Books,
    /// What answers a statement that does not add up.
    pub balance_explained: Option<Resolution>,
    /// Everything that does not agree, by list.
    pub items: Vec<Item>,
    /// Whether there is more than [`ITEMS_MAX`] of something: then nothing is proven.
    pub is_cut: bool,
}

impl Reconciliation {
    /// How it stands when `answered` items count as explained too.
    #[must_use]
    pub fn stands(&self, answered: impl Fn(&Item) -> bool) -> Status {
        if self.statements.is_empty() {
            return Status::NoStatement;
        }
        let is_open = self.is_cut
            || self.open().any(|item| !answered(item))
            || self.statements.iter().any(|source| !source.is_done)
            || (!self.bank.holds() && self.balance_explained.is_none());
        if is_open {
            Status::Open
        } else {
            Status::Matched
        }
    }

    /// Items that nobody has decided or explained.
    pub fn open(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.resolution.is_none())
    }
}
