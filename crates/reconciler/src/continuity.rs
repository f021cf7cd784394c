//! Whether the running balance that a bank reports goes on without a hole (invariant I9).
//!
//! Each movement leads from one balance to the next: a [`Step`]. Steps form a chain wherever the end of
//! one is the beginning of another, in whatever order they were heard. Where nothing is missing, the
//! chain has one open beginning (the balance before the first step that was ever heard) and one open end
//! (the balance now). Every further pair of open ends is a break: between the balance where one piece
//! ends and the balance where the next begins lies exactly the sum of what was not heard.
//!
//! Nothing has to be sorted, so a movement that arrives late closes its break by itself, and movements
//! that overtake each other on their way make a break only until the slower one is there. How long to
//! wait for it before calling the break a gap is the caller's choice ([`changes`]).

use money::Vnd;
use payment::{BusinessDate, Timestamp};
use std::collections::BTreeMap;

/// From one balance to the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Step {
    /// The balance before.
    pub from: Vnd,
    /// The balance after.
    pub to: Vnd,
}

impl Step {
    /// The step of `signed` đồng (money out is negative) that ends at `after`; none when the balance
    /// before is out of range.
    #[must_use]
    pub fn to(after: Vnd, signed: Vnd) -> Option<Self> {
        let from = after.checked_sub(signed).ok()?;
        Some(Self { from, to: after })
    }
}

/// The open ends of any number of steps, without their times: enough for a file that is whole.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Steps that end at a balance, less those that begin at it.
    net: BTreeMap<Vnd, i64>,
    /// The sum of the positive ones.
    open: u64,
}

impl Ends {
    /// Adds a step.
    pub fn add(&mut self, step: Step) {
        self.change(step.from, -1);
        self.change(step.to, 1);
    }

    fn change(&mut self, balance: Vnd, by: i64) {
        let net = self.net.entry(balance).or_insert(0);
        let before = (*net).max(0);
        *net += by;
        let after = (*net).max(0);
        if *net == 0 {
            self.net.remove(&balance);
        }
        self.open = self
            .open
            .saturating_add_signed(after.saturating_sub(before));
    }

    /// How often the chain breaks.
    #[must_use]
    pub fn breaks(&self) -> u64 {
        self.open.saturating_sub(1)
    }

    /// The balance before all steps and after all; none while the chain breaks, and when it ends where
    /// it began.
    #[must_use]
    pub fn outer(&self) -> Option<(Vnd, Vnd)> {
        if self.open != 1 {
            return None;
        }
        let first = self.net.iter().find(|(_, net)| **net < 0)?.0;
        let last = self.net.iter().find(|(_, net)| **net > 0)?.0;
        Some((*first, *last))
    }
}

/// One movement on an account, as a feed reports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Movement {
    /// The amount; money out is negative.
    pub signed: Vnd,
    /// The balance afterwards, if the bank says.
    pub balance_after: Option<Vnd>,
    /// When the bank booked it.
    pub booked_at: Timestamp,
    /// When we heard.
    pub seen_at: Timestamp,
}

/// An open end of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// The balance there.
    pub balance: Vnd,
    /// When the bank booked the step that ends or begins here.
    pub booked_at: Timestamp,
    /// When that step was heard.
    pub seen_at: Timestamp,
}

/// A movement whose place in the chain is not known: its feed gives no balance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Floating {
    /// The amount; money out is negative.
    pub signed: Vnd,
    /// When the bank booked it.
    pub booked_at: Timestamp,
}

/// The open ends of one account: everything that has to be remembered of its past.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chain {
    /// Balances from which nothing that was heard goes on; the last one is the balance now.
    pub heads: Vec<End>,
    /// Balances to which nothing that was heard leads; the first one is where we came in.
    pub tails: Vec<End>,
    /// Movements without a balance that may lie in a break.
    pub floating: Vec<Floating>,
}

/// Open ends of one account that are remembered on each side.
///
/// ### Rationale
/// A break is rare, and one that lasts is a gap that a person sees. A feed whose balances never fit
/// would make one with every movement; beyond this the oldest break is no longer watched by itself and
/// its record stays open until a statement covers it.
pub const ENDS_MAX: usize = 64;

/// How far the clock of a feed without balances may be from that of one with them, when one fills the
/// other's break.
const FLOATING_SLACK_SECONDS: i64 = 120;

/// A break: what lies between was not heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Break {
    /// Where the earlier piece ends.
    pub from: End,
    /// Where the later piece begins.
    pub to: End,
}

impl Break {
    /// The sum of what was not heard; negative when more went out than came in. None out of range.
    #[must_use]
    pub fn missing(&self) -> Option<Vnd> {
        self.to.balance.checked_sub(self.from.balance).ok()
    }

    /// When both sides of the break were known.
    #[must_use]
    pub fn seen_at(&self) -> Timestamp {
        self.from.seen_at.max(self.to.seen_at)
    }
}

impl Chain {
    /// Adds what a feed reports. Each movement once: a repeat would look like a break.
    pub fn observe(&mut self, movement: &Movement) {
        match movement
            .balance_after
            .and_then(|after| Step::to(after, movement.signed))
        {
            Some(step) => {
                self.add(step, movement);
                self.settle_floating();
            }
            None => self.float(movement),
        }
    }

    /// Adds what a statement has and no feed reported. A statement may order the movements of a day
    /// otherwise than the feed did, so its balance is used where it fits an open end, else only the
    /// amount.
    pub fn fill(&mut self, movement: &Movement) {
        let step = movement
            .balance_after
            .and_then(|after| Step::to(after, movement.signed));
        if let Some(step) = step {
            let fits = self.heads.iter().any(|end| end.balance == step.from)
                || self.tails.iter().any(|end| end.balance == step.to);
            if fits {
                self.add(step, movement);
                self.settle_floating();
                return;
            }
        }
        self.float(movement);
    }

    /// A statement that is complete covers these days: what was missing in them is known now, and the
    /// breaks that lie within are closed.
    pub fn cover(&mut self, from: BusinessDate, to: BusinessDate) {
        for found in self.breaks() {
            let first = found.from.booked_at.min(found.to.booked_at);
            let last = found.from.booked_at.max(found.to.booked_at);
            if first.business_date() >= from && last.business_date() <= to {
                self.join(&found);
            }
        }
    }

    /// The breaks, earliest first: each between the end of one piece and the beginning of the next.
    #[must_use]
    pub fn breaks(&self) -> Vec<Break> {
        let mut heads = self.heads.clone();
        let mut tails = self.tails.clone();
        heads.sort_by_key(|end| (end.booked_at, end.seen_at, end.balance));
        tails.sort_by_key(|end| (end.booked_at, end.seen_at, end.balance));
        let later = tails.into_iter().skip(1);
        heads
            .into_iter()
            .zip(later)
            .map(|(from, to)| Break { from, to })
            .collect()
    }

    /// Forgets the oldest break when there are too many; answers what was forgotten.
    pub fn forget_excess(&mut self) -> Vec<Break> {
        let mut forgotten = Vec::new();
        while self.heads.len() > ENDS_MAX {
            let Some(oldest) = self.breaks().first().copied() else {
                break;
            };
            self.join(&oldest);
            forgotten.push(oldest);
        }
        forgotten
    }

    fn add(&mut self, step: Step, movement: &Movement) {
        let end = |balance| End {
            balance,
            booked_at: movement.booked_at,
            seen_at: movement.seen_at,
        };
        // Where several ends have the same balance, the one nearest in time is meant.
        if !take_nearest(&mut self.heads, step.from, movement.booked_at) {
            self.tails.push(end(step.from));
        }
        if !take_nearest(&mut self.tails, step.to, movement.booked_at) {
            self.heads.push(end(step.to));
        }
    }

    /// Somebody says what a break was: its two sides belong together.
    pub fn accept(&mut self, found: &Break) {
        self.join(found);
    }

    fn join(&mut self, found: &Break) {
        if let Some(at) = self.heads.iter().position(|end| *end == found.from) {
            self.heads.remove(at);
        }
        if let Some(at) = self.tails.iter().position(|end| *end == found.to) {
            self.tails.remove(at);
        }
    }

    fn float(&mut self, movement: &Movement) {
        if self.heads.is_empty() {
            // No feed of this account gives balances: there is nothing to fill.
            return;
        }
        self.floating.push(Floating {
            signed: movement.signed,
            booked_at: movement.booked_at,
        });
        self.settle_floating();
        let excess = self.floating.len().saturating_sub(ENDS_MAX);
        self.floating.drain(..excess);
    }

    /// Closes breaks whose missing sum is that of one movement without a balance, or of all of them,
    /// within the break's time.
    fn settle_floating(&mut self) {
        if self.floating.is_empty() {
            return;
        }
        for found in self.breaks() {
            let Some(missing) = found.missing() else {
                continue;
            };
            let from = found.from.booked_at.plus_seconds(-FLOATING_SLACK_SECONDS);
            let to = found.to.booked_at.plus_seconds(FLOATING_SLACK_SECONDS);
            // A day without a time begins before everything that is booked on it.
            let lies_within = |floating: &Floating| {
                let day = floating.booked_at.business_date();
                let is_day = day.starts_at() == floating.booked_at;
                let in_time = floating.booked_at >= from && floating.booked_at <= to;
                let on_day = day >= found.from.booked_at.business_date()
                    && day <= found.to.booked_at.business_date();
                in_time || is_day && on_day
            };
            let one = self
                .floating
                .iter()
                .position(|floating| floating.signed == missing && lies_within(floating));
            if let Some(at) = one {
                self.floating.remove(at);
                self.join(&found);
                continue;
            }
            let sum = self
                .floating
                .iter()
                .filter(|floating| lies_within(floating))
                .try_fold(Vnd::ZERO, |sum, floating| sum.checked_add(floating.signed));
            if sum.is_ok_and(|sum| sum == missing) && !missing.is_zero() {
                self.floating.retain(|floating| !lies_within(floating));
                self.join(&found);
            }
        }
    }
}

fn take_nearest(ends: &mut Vec<End>, balance: Vnd, booked_at: Timestamp) -> bool {
    let nearest = ends
        .iter()
        .enumerate()
        .filter(|(_, end)| end.balance == balance)
        .min_by_key(|(_, end)| end.booked_at.micros().abs_diff(booked_at.micros()))
        .map(|(at, _)| at);
    match nearest {
        Some(at) => {
            ends.remove(at);
            true
        }
        None => false,
    }
}

/// What has to happen to the records of an account's gaps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change<Id> {
    /// A break has lasted: a gap is opened.
    Open(Break),
    /// Part of what was missing came: the gap is narrower.
    Narrow(Id, Break),
    /// Nothing is missing any more.
    Close(Id),
}

/// Compares the open records with the breaks as they are at `now`. A break becomes a gap when it has
/// lasted for `patience_seconds`.
#[must_use]
pub fn changes<Id: Copy>(
    records: &[(Id, Break)],
    breaks: &[Break],
    now: Timestamp,
    patience_seconds: i64,
) -> Vec<Change<Id>> {
    let mut changes = Vec::new();
    let mut left: Vec<&Break> = breaks.iter().collect();
    let mut unmatched = Vec::new();
    for (id, record) in records {
        match left.iter().position(|found| same_place(found, record)) {
            Some(at) => {
                left.remove(at);
            }
            None => unmatched.push((*id, record)),
        }
    }
    // One side stayed where it was: the same gap, with less in it.
    for (id, record) in unmatched {
        let narrower = left.iter().position(|found| {
            same_end(&found.from, &record.from) || same_end(&found.to, &record.to)
        });
        match narrower {
            Some(at) => changes.push(Change::Narrow(id, *left.remove(at))),
            None => changes.push(Change::Close(id)),
        }
    }
    for found in left {
        if found.seen_at().plus_seconds(patience_seconds) <= now {
            changes.push(Change::Open(*found));
        }
    }
    changes
}

fn same_place(a: &Break, b: &Break) -> bool {
    same_end(&a.from, &b.from) && same_end(&a.to, &b.to)
}

fn same_end(a: &End, b: &End) -> bool {
    a.balance == b.balance && a.booked_at == b.booked_at
}

#[cfg(test)]
mod tests;
