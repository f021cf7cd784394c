//! Whether a line of a statement and a credit that another channel reported are one movement.
//!
//! Getting this wrong in one direction counts money twice, in the other it loses money, so the answer
//! has three values, and a person is asked for the middle one. Account, direction and amount are equal
//! before anything here is asked. What speaks for one movement:
//!
//! - the bank's reference, which alone is not unique (a bank gives a transfer, its reversal and its fee
//!   the same one);
//! - the balance afterwards, which alone is not unique either (a swept account comes back to it);
//! - the text: the same payment references in both, or the same letters, or one inside the other, as
//!   frames put around a memo by one channel and cut off by another leave them;
//! - the time: a bank books at once or on a later working day, and never much before it announces.
//!
//! Each credit is matched with at most one line of a feed and each line with at most one credit
//! ([`pair`], and a unique key in the database), so that a payer who pays twice has paid twice.

use crate::memo::{self, fold};
use crate::statement::Precision;
use money::Vnd;
use payment::{Flow, Reference, Timestamp};
use std::collections::BTreeMap;

/// Seconds within which two channels with precise clocks see one movement.
const CLOSE_SECONDS: i64 = 120;
/// How long before the bank books it on the statement a movement may have been announced: a transfer
/// of a Friday night before a long holiday.
pub const BOOKED_LATER_SECONDS: i64 = 5 * DAY_SECONDS;
/// How long after the statement's time a movement may still be announced: transfers of the night are.
pub const ANNOUNCED_LATER_SECONDS: i64 = 12 * 3600;
/// A statement holds nothing that was booked after it was received; clocks may differ by this much.
const CLOCK_SECONDS: i64 = 600;
/// Letters and digits that a text needs before being inside another one means anything.
const CONTAINED_MIN: usize = 12;
/// Letters and digits that a reference needs.
const REFERENCE_MIN: usize = 4;
const DAY_SECONDS: i64 = 86_400;

/// One channel's report of a credit, made ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    reference: String,
    text: String,
    more: String,
    codes: Vec<Reference>,
    booked_at: Timestamp,
    precision: Precision,
    balance_after: Option<Vnd>,
    /// For a line of a statement: when the file came.
    received_at: Option<Timestamp>,
}

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The bank's reference.
    pub reference: Option<&'a str>,
    /// The memo.
    pub memo: &'a str,
    /// A second text.
    pub memo_full: Option<&'a str>,
    /// When it was booked; with [`Precision::Day`] the beginning of that day.
    pub booked_at: Timestamp,
    /// How much of the time is known.
    pub precision: Precision,
    /// The balance afterwards.
    pub balance_after: Option<Vnd>,
    /// When the statement came that it stands in; none for a callback.
    pub statement_received_at: Option<Timestamp>,
}

/// Whether two reports are of one movement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// They are not.
    Different,
    /// Something speaks for it and something against: only a person can tell.
    Possible,
    /// They are; the higher the number, the more speaks for it.
    Same(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Text {
    /// Both name payment references, and different ones.
    OtherCodes,
    Different,
    /// One of them says nothing.
    Unknown,
    Contained,
    Same,
    SameCodes,
}

impl Text {
    const fn is_related(self) -> bool {
        matches!(self, Self::Contained | Self::Same | Self::SameCodes)
    }
}

impl Report {
    /// Makes the facts ready. `flows` are those whose references count.
    #[must_use]
    pub fn new(facts: &Facts<'_>, flows: &[Flow]) -> Self {
        let memos = std::iter::once(facts.memo).chain(facts.memo_full);
        let mut codes = memo::find_in(memos, flows).exact;
        codes.sort_unstable();
        Self {
            reference: facts.reference.map(reference_key).unwrap_or_default(),
            text: fold(facts.memo),
            more: facts.memo_full.map(fold).unwrap_or_default(),
            codes,
            booked_at: facts.booked_at,
            precision: facts.precision,
            balance_after: facts.balance_after,
            received_at: facts.statement_received_at,
        }
    }

    fn from(&self) -> i64 {
        self.booked_at.seconds()
    }

    /// The last second that it may mean.
    fn to(&self) -> i64 {
        match self.precision {
            Precision::Second => self.from(),
            Precision::Day => self.from() + DAY_SECONDS - 1,
        }
    }

    fn has_text(&self) -> bool {
        !self.text.is_empty() || !self.more.is_empty()
    }

    fn same_reference(&self, other: &Self) -> bool {
        self.reference.len() >= REFERENCE_MIN && self.reference == other.reference
    }

    /// Both have a reference of the same make, and not the same one.
    fn references_differ(&self, other: &Self) -> bool {
        let shape = |reference: &str| -> String {
            reference
                .chars()
                .map(|c| if c.is_ascii_digit() { '9' } else { 'A' })
                .collect()
        };
        self.reference.len() >= REFERENCE_MIN
            && self.reference != other.reference
            && shape(&self.reference) == shape(&other.reference)
    }

    fn text_against(&self, other: &Self) -> Text {
        if !self.codes.is_empty() && !other.codes.is_empty() {
            return if self.codes == other.codes {
                Text::SameCodes
            } else {
                Text::OtherCodes
            };
        }
        if !self.has_text() || !other.has_text() {
            return Text::Unknown;
        }
        let texts = |report: &Self| [report.text.clone(), report.more.clone()];
        let mut found = Text::Different;
        for mine in texts(self).iter().filter(|text| !text.is_empty()) {
            for theirs in texts(other).iter().filter(|text| !text.is_empty()) {
                if mine == theirs {
                    return Text::Same;
                }
                let (short, long) = if mine.len() < theirs.len() {
                    (mine, theirs)
                } else {
                    (theirs, mine)
                };
                if short.len() >= CONTAINED_MIN && long.contains(short.as_str()) {
                    found = Text::Contained;
                }
            }
        }
        found
    }

    /// Seconds from the one to the other; 0 where they may be the same moment.
    fn apart(&self, other: &Self) -> i64 {
        (other.from() - self.to())
            .max(self.from() - other.to())
            .max(0)
    }

    /// Whether the line, `self`, may be the statement's booking of what `other` announced.
    fn can_be(&self, other: &Self) -> bool {
        let announced_before = self.from() - other.to();
        let announced_after = other.from() - self.to();
        announced_before <= BOOKED_LATER_SECONDS && announced_after <= ANNOUNCED_LATER_SECONDS
    }

    /// Whether `other` happened after the file came that this line stands in.
    fn is_older_than(&self, other: &Self) -> bool {
        let came = self.received_at.map(|at| at.seconds() + CLOCK_SECONDS);
        came.is_some_and(|came| other.precision == Precision::Second && other.from() > came)
    }
}

/// A reference as far as channels agree about it: letters and digits, what stands behind a backslash
/// (one bank's branch) left out.
#[must_use]
pub fn reference_key(reference: &str) -> String {
    fold(reference.split('\\').next().unwrap_or(reference))
}

/// Judges a line of a statement and a report of another channel (a callback, or a statement of another
/// kind) about credits of one amount on one account.
#[must_use]
pub fn compare(line: &Report, other: &Report) -> Verdict {
    let same_reference = line.same_reference(other);
    let same_balance = line.balance_after.is_some() && line.balance_after == other.balance_after;
    let text = line.text_against(other);
    let apart = line.apart(other);
    let in_time = if other.received_at.is_some() {
        apart <= BOOKED_LATER_SECONDS
    } else {
        line.can_be(other)
    };
    if text == Text::OtherCodes {
        let suspicious = in_time && (same_reference || same_balance);
        return if suspicious {
            Verdict::Possible
        } else {
            Verdict::Different
        };
    }
    if !in_time {
        // A reference of the same day of another week: banks with short numbers begin anew.
        return if same_reference && apart <= BOOKED_LATER_SECONDS && text.is_related() {
            Verdict::Possible
        } else {
            Verdict::Different
        };
    }
    if line.is_older_than(other) && !same_reference && !same_balance {
        return Verdict::Different;
    }
    let is_close = apart <= CLOSE_SECONDS;
    let within_a_day = apart <= DAY_SECONDS;
    if same_reference
        && (text.is_related() || (within_a_day && (same_balance || text == Text::Unknown)))
    {
        return Verdict::Same(if same_balance { 5 } else { 4 });
    }
    if same_balance && within_a_day && text.is_related() {
        return Verdict::Same(3);
    }
    if text.is_related() && is_close && !line.references_differ(other) {
        return Verdict::Same(if text == Text::Contained { 1 } else { 2 });
    }
    let suspicious = same_reference
        || (same_balance && within_a_day)
        || text.is_related()
        || (text == Text::Unknown && is_close);
    if suspicious {
        Verdict::Possible
    } else {
        Verdict::Different
    }
}

/// The report among `others` that is surely the same movement as `line`, the surest and nearest one; or
/// else one that may be. Indices into `others`.
#[must_use]
pub fn choose<'a>(
    line: &Report,
    others: impl Iterator<Item = (usize, &'a Report)>,
    line_is_other: bool,
) -> (Option<usize>, Option<usize>) {
    let mut same: Option<(u8, i64, usize)> = None;
    let mut possible = None;
    for (index, other) in others {
        let verdict = if line_is_other {
            compare(other, line)
        } else {
            compare(line, other)
        };
        match verdict {
            Verdict::Different => {}
            Verdict::Possible => possible = possible.or(Some(index)),
            Verdict::Same(strength) => {
                let nearness = -line.apart(other);
                if same.is_none_or(|(s, n, _)| (strength, nearness) > (s, n)) {
                    same = Some((strength, nearness, index));
                }
            }
        }
    }
    (same.map(|(_, _, index)| index), possible)
}

/// Pairs the lines of a statement with the credits of another channel, all of one amount on one account:
/// for each line the credit that is surely the same movement, each credit at most once, and as many
/// pairs as there can be.
#[must_use]
pub fn pair(lines: &[Report], credits: &[Report]) -> Vec<Option<usize>> {
    let mut pairing = Pairing {
        of_line: vec![None; lines.len()],
        of_credit: vec![None; credits.len()],
    };
    // Reports that agree in something that is nearly one movement's own: small groups.
    let references = |report: &Report| key(&report.reference);
    let balances = |report: &Report| report.balance_after.map(|balance| balance.to_string());
    pairing.by(lines, credits, references, 4);
    pairing.by(lines, credits, balances, 3);
    // Reports that agree in their text and lie close together are as good as each other: any pairing
    // of them leaves the same sums and the same payers.
    let codes = |report: &Report| {
        (!report.codes.is_empty()).then(|| report.codes.iter().map(ToString::to_string).collect())
    };
    pairing.alike(lines, credits, codes);
    pairing.alike(lines, credits, |report: &Report| key(&report.text));
    pairing.alike(lines, credits, |report: &Report| key(&report.more));
    // What is left is little; a text inside another has no key.
    pairing.rest(lines, credits);
    pairing.of_line
}

fn key(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

struct Pairing {
    of_line: Vec<Option<usize>>,
    of_credit: Vec<Option<usize>>,
}

/// Comparisons in one group beyond which it is left to a person.
const COMPARISONS_MAX: usize = 4_000_000;

impl Pairing {
    fn free(&self, reports: &[Report], taken: &[Option<usize>]) -> Vec<usize> {
        debug_assert_eq!(reports.len(), taken.len());
        (0..reports.len())
            .filter(|index| taken.get(*index) == Some(&None))
            .collect()
    }

    fn groups(
        &self,
        lines: &[Report],
        credits: &[Report],
        key: impl Fn(&Report) -> Option<String>,
    ) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut groups: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for index in self.free(lines, &self.of_line) {
            if let Some(key) = lines.get(index).and_then(&key) {
                groups.entry(key).or_default().0.push(index);
            }
        }
        for index in self.free(credits, &self.of_credit) {
            if let Some(key) = credits.get(index).and_then(&key)
                && let Some(group) = groups.get_mut(&key)
            {
                group.1.push(index);
            }
        }
        groups
            .into_values()
            .filter(|(lines, credits)| !lines.is_empty() && !credits.is_empty())
            .collect()
    }

    /// Pairs within groups of one key, as many as can be.
    fn by(
        &mut self,
        lines: &[Report],
        credits: &[Report],
        key: impl Fn(&Report) -> Option<String>,
        strength: u8,
    ) {
        for (of_lines, of_credits) in self.groups(lines, credits, key) {
            self.most(lines, credits, &of_lines, &of_credits, strength);
        }
    }

    /// Pairs what is left, as many as can be.
    fn rest(&mut self, lines: &[Report], credits: &[Report]) {
        let of_lines = self.free(lines, &self.of_line);
        let of_credits = self.free(credits, &self.of_credit);
        self.most(lines, credits, &of_lines, &of_credits, 1);
    }

    /// A largest set of pairs: each line looks for a credit, moving earlier lines where they have
    /// another choice.
    fn most(
        &mut self,
        lines: &[Report],
        credits: &[Report],
        of_lines: &[usize],
        of_credits: &[usize],
        strength: u8,
    ) {
        if of_lines.len().saturating_mul(of_credits.len()) > COMPARISONS_MAX {
            return;
        }
        let mut choices: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &line in of_lines {
            let Some(report) = lines.get(line) else {
                continue;
            };
            let mut fitting: Vec<(u8, i64, usize)> = of_credits
                .iter()
                .filter_map(|&credit| {
                    let other = credits.get(credit)?;
                    match compare(report, other) {
                        Verdict::Same(found) if found >= strength => {
                            Some((u8::MAX - found, report.apart(other), credit))
                        }
                        _ => None,
                    }
                })
                .collect();
            fitting.sort_unstable();
            choices.insert(
                line,
                fitting.into_iter().map(|(_, _, credit)| credit).collect(),
            );
        }
        for &line in of_lines {
            let mut visited = vec![false; credits.len()];
            self.augment(line, &choices, &mut visited);
        }
    }

    /// Finds a credit for `line` along an alternating path; without recursion, because a file can be
    /// long.
    fn augment(
        &mut self,
        line: usize,
        choices: &BTreeMap<usize, Vec<usize>>,
        visited: &mut [bool],
    ) {
        // Each step: a line, and how many of its choices were tried.
        let mut path: Vec<(usize, usize)> = vec![(line, 0)];
        let mut via: Vec<usize> = Vec::new();
        while let Some((at, tried)) = path.last_mut() {
            let next = choices
                .get(at)
                .and_then(|credits| credits.get(*tried))
                .copied();
            let Some(credit) = next else {
                path.pop();
                via.pop();
                continue;
            };
            *tried += 1;
            match visited.get_mut(credit) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            via.push(credit);
            match self.of_credit.get(credit).copied().flatten() {
                Some(holder) if choices.contains_key(&holder) => path.push((holder, 0)),
                Some(_) => {
                    // Taken by a pair that is not in question.
                    via.pop();
                }
                None => {
                    for ((line, _), credit) in path.iter().zip(&via) {
                        if let Some(slot) = self.of_line.get_mut(*line) {
                            *slot = Some(*credit);
                        }
                        if let Some(slot) = self.of_credit.get_mut(*credit) {
                            *slot = Some(*line);
                        }
                    }
                    return;
                }
            }
        }
    }

    /// Pairs reports of one key in the order of their times, where they are close.
    fn alike(
        &mut self,
        lines: &[Report],
        credits: &[Report],
        key: impl Fn(&Report) -> Option<String>,
    ) {
        for (mut of_lines, mut of_credits) in self.groups(lines, credits, key) {
            if of_lines.len().saturating_mul(of_credits.len()) <= 10_000 {
                self.most(lines, credits, &of_lines, &of_credits, 2);
                continue;
            }
            // Many of one kind: first with first.
            of_lines.sort_by_key(|line| lines.get(*line).map(Report::to));
            of_credits.sort_by_key(|credit| credits.get(*credit).map(Report::to));
            let mut waiting = of_credits.into_iter().peekable();
            for line in of_lines {
                let Some(report) = lines.get(line) else {
                    continue;
                };
                while let Some(&credit) = waiting.peek() {
                    let Some(other) = credits.get(credit) else {
                        break;
                    };
                    if matches!(compare(report, other), Verdict::Same(_)) {
                        if let Some(slot) = self.of_line.get_mut(line) {
                            *slot = Some(credit);
                        }
                        if let Some(slot) = self.of_credit.get_mut(credit) {
                            *slot = Some(line);
                        }
                        waiting.next();
                        break;
                    }
                    if other.to() < report.from() {
                        // Too early for this line and for all that follow.
                        waiting.next();
                    } else {
                        break;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
