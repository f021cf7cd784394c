//! What one account's statement adds up to.

use super::{Refusal, StatementLine};
use crate::continuity::{Ends, Step};
use money::Vnd;
use payment::{BusinessDate, Direction};

/// One side of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Side {
    /// Movements.
    pub count: u64,
    /// Their sum; none once it left the range.
    pub sum: Option<Vnd>,
}

impl Side {
    const EMPTY: Self = Self {
        count: 0,
        sum: Some(Vnd::ZERO),
    };

    fn add(&mut self, amount: Vnd) {
        self.count += 1;
        self.sum = self.sum.and_then(|sum| sum.checked_add(amount).ok());
    }
}

/// Whether opening + credits − debits = closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalsCheck {
    /// It does.
    Holds,
    /// It does not; closing − (opening + credits − debits).
    Differs(Vnd),
    /// The file does not say enough.
    Unknown,
}

/// One account's statement, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The account.
    pub account_number: String,
    /// The balance before the first movement: as stated, else as the running balances have it.
    pub opening: Option<Vnd>,
    /// The balance after the last movement: as stated, else as the running balances have it.
    pub closing: Option<Vnd>,
    /// The days that the file says it covers.
    pub period: Option<(BusinessDate, BusinessDate)>,
    /// The first and last day on which something is booked.
    pub booked: Option<(BusinessDate, BusinessDate)>,
    /// Money in.
    pub credits: Side,
    /// Money out.
    pub debits: Side,
    /// Rows that could not be read: then nothing can be proven.
    pub errors: u64,
    /// Places where the running balance does not go on, in any order of the rows.
    pub breaks: u64,
}

impl Statement {
    /// Whether opening + credits − debits = closing.
    #[must_use]
    pub fn check(&self) -> TotalsCheck {
        let expected = || {
            let credits = self.credits.sum?;
            let debits = self.debits.sum?;
            self.opening?
                .checked_add(credits)
                .and_then(|sum| sum.checked_sub(debits))
                .ok()
        };
        match (expected(), self.closing) {
            (Some(expected), Some(closing)) => match closing.checked_sub(expected) {
                Ok(difference) if difference.is_zero() => TotalsCheck::Holds,
                Ok(difference) => TotalsCheck::Differs(difference),
                Err(_) => TotalsCheck::Unknown,
            },
            _ => TotalsCheck::Unknown,
        }
    }

    /// Whether the file proves that it has every movement of its days: it adds up, no row was left out
    /// and the running balance never breaks.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.check() == TotalsCheck::Holds && self.errors == 0 && self.breaks == 0
    }

    /// The days that it speaks about: as stated, else those on which something is booked.
    #[must_use]
    pub fn days(&self) -> Option<(BusinessDate, BusinessDate)> {
        match (self.period, self.booked) {
            // A stated period that leaves a booked day out is no statement about the rows.
            (Some((from, to)), Some((first, last))) => Some((from.min(first), to.max(last))),
            (period, booked) => period.or(booked),
        }
    }
}

/// Lines of the beginning on which swapped columns are noticed; a swap is in all of them.
const SWAP_SAMPLE: u64 = 1_000;

/// Adds up one account's lines as they come.
#[derive(Debug)]
pub(super) struct Totals {
    statement: Statement,
    ends: Ends,
    /// The same with debit and credit the other way round.
    swapped: Ends,
    with_balance: u64,
    sampled: u64,
}

impl Totals {
    pub(super) fn new(account_number: String) -> Self {
        Self {
            statement: Statement {
                account_number,
                opening: None,
                closing: None,
                period: None,
                booked: None,
                credits: Side::EMPTY,
                debits: Side::EMPTY,
                errors: 0,
                breaks: 0,
            },
            ends: Ends::default(),
            swapped: Ends::default(),
            with_balance: 0,
            sampled: 0,
        }
    }

    pub(super) fn opening(&mut self, balance: Vnd) {
        self.statement.opening.get_or_insert(balance);
    }

    pub(super) fn closing(&mut self, balance: Vnd) {
        self.statement.closing = Some(balance);
    }

    pub(super) fn period(&mut self, from: BusinessDate, to: BusinessDate) {
        if from <= to {
            self.statement.period.get_or_insert((from, to));
        }
    }

    /// The first day on which something is booked.
    pub(super) const fn first_booked(&self) -> Option<BusinessDate> {
        match self.statement.booked {
            Some((first, _)) => Some(first),
            None => None,
        }
    }

    pub(super) fn error(&mut self) {
        self.statement.errors += 1;
    }

    pub(super) fn line(&mut self, line: &StatementLine) {
        match line.direction {
            Direction::Credit => self.statement.credits.add(line.amount),
            Direction::Debit => self.statement.debits.add(line.amount),
        }
        let day = line.booked.day();
        self.statement.booked = Some(match self.statement.booked {
            None => (day, day),
            Some((first, last)) => (first.min(day), last.max(day)),
        });
        let Some(after) = line.balance_after else {
            return;
        };
        self.with_balance += 1;
        let signed = line.signed_amount();
        if let Some(step) = Step::to(after, signed) {
            self.ends.add(step);
        }
        if self.sampled < SWAP_SAMPLE {
            self.sampled += 1;
            if let Some(step) = Step::to(after, signed.negated()) {
                self.swapped.add(step);
            }
        }
    }

    /// # Errors
    /// [`Refusal::ColumnsSwapped`].
    pub(super) fn finish(mut self) -> Result<Statement, Refusal> {
        if self.sampled >= 3 && self.swapped.breaks() == 0 && self.ends.breaks() > 0 {
            return Err(Refusal::ColumnsSwapped);
        }
        let lines = self.statement.credits.count + self.statement.debits.count;
        if self.with_balance > 0 {
            self.statement.breaks = self.ends.breaks();
        }
        if self.with_balance == lines
            && lines > 0
            && let Some((opening, closing)) = self.ends.outer()
        {
            self.statement.opening.get_or_insert(opening);
            self.statement.closing.get_or_insert(closing);
        }
        Ok(self.statement)
    }
}
