//! What the reader made of a memo, held against what the memo means.

use crate::{LiveReferences, Meaning};
use payment::{Flow, Reference};
use reconciler::memo;
use std::ops::AddAssign;

/// How many, and how many of them right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slipped {
    /// Memos of this kind.
    pub memos: u64,
    /// Those whose reference was found, or was the first suggestion and not tied.
    pub right: u64,
}

impl Slipped {
    fn count(&mut self, right: bool) {
        self.memos += 1;
        self.right += u64::from(right);
    }

    /// Whether at least `thousandths` of a thousand are right; of none, all are.
    #[must_use]
    pub fn reaches(&self, thousandths: u64) -> bool {
        self.right * 1000 >= self.memos * thousandths
    }
}

impl AddAssign for Slipped {
    fn add_assign(&mut self, other: Self) {
        self.memos += other.memos;
        self.right += other.right;
    }
}

/// The figures over many memos.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Memos in all.
    pub memos: u64,
    /// Memos that settled by themselves.
    pub automatic: u64,
    /// Those that settled for a request that they do not mean. Must be 0.
    pub wrong: u64,
    /// Memos with an intact reference: right when it settles by itself.
    pub intact: Slipped,
    /// Memos with one wrong symbol: right when the reference is the first suggestion, not tied.
    pub wrong_symbol: Slipped,
    /// Memos with a symbol missing, too many, or swapped: the same.
    pub slipped: Slipped,
    /// Memos with more damage: the same, though nothing is promised.
    pub damaged: Slipped,
    /// Memos with two references: right when both are suggested and nothing settles.
    pub two: Slipped,
    /// Memos of nobody: right when nothing settles and nothing is suggested.
    pub nobody: Slipped,
}

impl Tally {
    /// Reads a memo as the gateway does and counts the answer. Answers whether a wrong request would
    /// have been settled.
    pub fn judge(&mut self, text: &str, meaning: Meaning, live: &LiveReferences) -> bool {
        let flows = &Flow::DEFAULTS;
        let settled = memo::find(text, flows)
            .only()
            .filter(|reference| live.contains(reference));
        self.memos += 1;
        self.automatic += u64::from(settled.is_some());
        let suggested = || {
            memo::suggestions(
                text,
                flows,
                |reference| live.contains(reference),
                |prefix| live.beginning_with(prefix).to_vec(),
            )
        };
        let first = |reference: Reference| {
            // What follows a cut code can happen to be just what was lost.
            settled == Some(reference)
                || suggested()
                    .first()
                    .is_some_and(|first| first.reference == reference && !first.is_tied())
        };
        let meant = match meaning {
            Meaning::Intact(reference) => {
                self.intact.count(settled == Some(reference));
                Some(reference)
            }
            Meaning::WrongSymbol(reference) => {
                self.wrong_symbol.count(first(reference));
                Some(reference)
            }
            Meaning::Slipped(reference) => {
                self.slipped.count(first(reference));
                Some(reference)
            }
            Meaning::Damaged(reference) => {
                self.damaged.count(first(reference));
                Some(reference)
            }
            Meaning::Two(one, other) => {
                let suggested: Vec<_> = suggested().iter().map(|s| s.reference).collect();
                let both = suggested.contains(&one) && suggested.contains(&other);
                self.two.count(settled.is_none() && both);
                None
            }
            Meaning::Nobody => {
                self.nobody
                    .count(settled.is_none() && suggested().is_empty());
                None
            }
        };
        let wrong = settled.is_some() && settled != meant;
        self.wrong += u64::from(wrong);
        wrong
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.memos += other.memos;
        self.automatic += other.automatic;
        self.wrong += other.wrong;
        self.intact += other.intact;
        self.wrong_symbol += other.wrong_symbol;
        self.slipped += other.slipped;
        self.damaged += other.damaged;
        self.two += other.two;
        self.nobody += other.nobody;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Frames, Memos};

    #[test]
    fn of_200_000_mangled_memos_none_is_given_to_the_wrong_request() {
        let frames = Frames::read().unwrap();
        let live = LiveReferences::draw(100_000, 1);
        let mut memos = Memos::new(&frames, &live, 2);
        let mut tally = Tally::default();
        for _ in 0..200_000 {
            let (text, meaning) = memos.next_memo();
            assert!(!tally.judge(&text, meaning, &live), "{meaning:?}: {text}");
        }
        assert_eq!(tally.wrong, 0);
        assert!(
            tally.intact.memos > 70_000 && tally.intact.reaches(999),
            "{tally:?}"
        );
        assert!(
            tally.wrong_symbol.memos > 30_000 && tally.wrong_symbol.reaches(990),
            "{tally:?}"
        );
        assert!(
            tally.slipped.memos > 15_000 && tally.slipped.reaches(900),
            "{tally:?}"
        );
        assert!(
            tally.two.memos > 8_000 && tally.two.reaches(999),
            "{tally:?}"
        );
        // Somebody else's code is settled for nobody; what looks like ours by chance is offered rarely.
        assert!(
            tally.nobody.memos > 15_000 && tally.nobody.reaches(999),
            "{tally:?}"
        );
    }

    #[test]
    fn a_wrong_match_would_be_counted() {
        let live = LiveReferences::draw(2, 1);
        let all = live.beginning_with("Q").to_vec();
        let mut tally = Tally::default();
        assert!(tally.judge(all[0].as_str(), Meaning::Intact(all[1]), &live));
        assert!(tally.judge(all[0].as_str(), Meaning::Nobody, &live));
        assert!(!tally.judge(all[0].as_str(), Meaning::Intact(all[0]), &live));
        assert_eq!((tally.memos, tally.automatic, tally.wrong), (3, 3, 2));
    }
}
