//! Which lines of a day are credits that the books have already.
//!
//! Pure: what was read of the database comes in, a place for each line goes out.

use payment::{Flow, Timestamp};
use reconciler::identity::{Facts, Report, Verdict, choose, compare, pair, reference_key};
use reconciler::statement::identity::FEED_PREFIX;
use reconciler::statement::{LineId, Precision, StatementLine};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Letters and digits from which on a reference says something about money of another amount.
const REFERENCE_MIN: usize = 4;

/// A line that has no place yet.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) ordinal: i64,
    pub(super) id: LineId,
    pub(super) line: StatementLine,
}

/// A credit of another channel.
#[derive(Clone, Debug)]
pub(crate) struct Credit {
    pub(crate) id: Uuid,
    pub(crate) amount: i64,
    pub(crate) report: Report,
    /// The bank's reference as far as channels agree about it; empty when it says nothing.
    pub(crate) reference: String,
    /// Whether it waits as a possible duplicate itself: another credit is the likelier one.
    pub(crate) is_held: bool,
}

/// A credit as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct CreditRow {
    pub(crate) bank_credit_id: Uuid,
    pub(crate) source: String,
    pub(crate) amount: i64,
    pub(crate) bank_reference: Option<String>,
    pub(crate) booked_at: i64,
    pub(crate) balance_after: Option<i64>,
    pub(crate) memo: String,
    pub(crate) memo_full: Option<String>,
    pub(crate) received_at: i64,
    pub(crate) is_held: i64,
}

impl CreditRow {
    pub(crate) fn credit(&self, flows: &[Flow]) -> Credit {
        let booked_at = Timestamp::from_micros(self.booked_at);
        let is_statement = self.source.starts_with(FEED_PREFIX);
        let facts = Facts {
            reference: self.bank_reference.as_deref(),
            memo: &self.memo,
            memo_full: self.memo_full.as_deref(),
            booked_at,
            precision: if is_statement {
                Precision::of_statement(booked_at)
            } else {
                Precision::Second
            },
            balance_after: self.balance_after.and_then(|it| money::Vnd::new(it).ok()),
            statement_received_at: is_statement.then(|| Timestamp::from_micros(self.received_at)),
        };
        Credit {
            id: self.bank_credit_id,
            amount: self.amount,
            report: Report::new(&facts, flows),
            reference: telling(self.bank_reference.as_deref()),
            is_held: self.is_held != 0,
        }
    }
}

/// A reference that says something: its key, or nothing.
pub(crate) fn telling(reference: Option<&str>) -> String {
    let key = reference.map(reference_key).unwrap_or_default();
    if key.len() < REFERENCE_MIN {
        String::new()
    } else {
        key
    }
}

/// Where a line belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// It is this credit.
    Reported(Uuid),
    /// It is in no book.
    New,
    /// It may be this credit: a person decides.
    Possible(Uuid),
}

/// Makes a line ready to be compared. `received_at`: when its file came.
pub(super) fn report(line: &StatementLine, received_at: Timestamp, flows: &[Flow]) -> Report {
    let facts = Facts {
        reference: line.bank_reference.as_deref(),
        memo: &line.memo,
        memo_full: line.memo_full.as_deref(),
        booked_at: line.booked.at,
        precision: line.booked.precision,
        balance_after: line.balance_after,
        statement_received_at: Some(received_at),
    };
    Report::new(&facts, flows)
}

/// Gives each line its place. Each credit is at most one line.
pub(super) fn places(
    lines: &[Line],
    credits: &[Credit],
    received_at: Timestamp,
    flows: &[Flow],
) -> Vec<Place> {
    let reports: Vec<Report> = lines
        .iter()
        .map(|line| report(&line.line, received_at, flows))
        .collect();
    let mut places = vec![Place::New; lines.len()];
    let mut taken = BTreeSet::new();
    let mut by_amount: BTreeMap<i64, (Vec<usize>, Vec<&Credit>)> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let amount = line.line.amount.get();
        by_amount.entry(amount).or_default().0.push(index);
    }
    for credit in credits {
        if let Some(group) = by_amount.get_mut(&credit.amount) {
            group.1.push(credit);
        }
    }
    for (of_lines, of_credits) in by_amount.values() {
        // What waits as a possible duplicate comes second: it may be the copy of one that does not.
        for is_held in [false, true] {
            let free: Vec<usize> = of_lines
                .iter()
                .copied()
                .filter(|&index| places.get(index) == Some(&Place::New))
                .collect();
            let chosen: Vec<&Credit> = of_credits
                .iter()
                .copied()
                .filter(|credit| credit.is_held == is_held)
                .collect();
            if free.is_empty() || chosen.is_empty() {
                continue;
            }
            let line_reports: Vec<Report> = free
                .iter()
                .filter_map(|&index| reports.get(index).cloned())
                .collect();
            let credit_reports: Vec<Report> =
                chosen.iter().map(|credit| credit.report.clone()).collect();
            for (index, found) in free.iter().zip(pair(&line_reports, &credit_reports)) {
                let credit = found.and_then(|found| chosen.get(found));
                if let (Some(credit), Some(place)) = (credit, places.get_mut(*index)) {
                    *place = Place::Reported(credit.id);
                    taken.insert(credit.id);
                }
            }
        }
    }
    let mut by_reference: BTreeMap<&str, Vec<&Credit>> = BTreeMap::new();
    for credit in credits.iter().filter(|credit| !credit.reference.is_empty()) {
        by_reference
            .entry(&credit.reference)
            .or_default()
            .push(credit);
    }
    for (index, line) in lines.iter().enumerate() {
        let (Some(Place::New), Some(report)) = (places.get(index), reports.get(index)) else {
            continue;
        };
        let same_amount = by_amount
            .get(&line.line.amount.get())
            .map_or(&[][..], |(_, credits)| credits);
        let reference = telling(line.line.bank_reference.as_deref());
        let same_reference = by_reference
            .get(reference.as_str())
            .map_or(&[][..], |it| it);
        let candidates = same_amount.iter().chain(same_reference).copied();
        if let Some(place) = alone(
            report,
            &reference,
            line.line.amount.get(),
            candidates,
            &taken,
        ) {
            if let Place::Reported(credit) = place {
                taken.insert(credit);
            }
            if let Some(slot) = places.get_mut(index) {
                *slot = place;
            }
        }
    }
    places
}

/// The place of one line among credits that are no line yet; none when it is new.
///
/// A credit of another amount under the same reference is the same movement, told wrongly by one of two,
/// or the bank gave the reference twice. Neither is decided without a person.
pub(super) fn alone<'a>(
    report: &Report,
    reference: &str,
    amount: i64,
    candidates: impl Iterator<Item = &'a Credit>,
    taken: &BTreeSet<Uuid>,
) -> Option<Place> {
    let free: Vec<&Credit> = candidates
        .filter(|credit| !taken.contains(&credit.id))
        .collect();
    let equal = free
        .iter()
        .enumerate()
        .filter(|(_, credit)| credit.amount == amount)
        .map(|(index, credit)| (index, &credit.report));
    let (same, possible) = choose(report, equal, false);
    if let Some(credit) = same.and_then(|index| free.get(index)) {
        return Some(Place::Reported(credit.id));
    }
    if let Some(credit) = possible.and_then(|index| free.get(index)) {
        return Some(Place::Possible(credit.id));
    }
    free.iter()
        .find(|credit| {
            credit.amount != amount
                && !reference.is_empty()
                && credit.reference == reference
                && compare(report, &credit.report) != Verdict::Different
        })
        .map(|credit| Place::Possible(credit.id))
}
