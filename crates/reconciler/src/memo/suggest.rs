//! What a memo without one clear reference may have meant.

use super::{FOUND_MAX, find_in, fold, keep_new};
use payment::{ALPHABET, Flow, REFERENCE_LENGTH, Reference, Slip};
use serde::Serialize;

/// Symbols that a cut reference must have kept to be suggested: the prefix and six of eight random
/// symbols. 31⁶ is 887 million, so another open reference with the same beginning is a rare accident.
pub const CUT_KEPT_MIN: usize = 8;

/// Why a reference is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The memo holds this reference exactly, and others too.
    SeveralReferences,
    /// One symbol of the memo differs from this reference.
    RepairedSymbol,
    /// Two neighbouring symbols have changed places.
    SwappedSymbols,
    /// Two symbols are characters that no reference has.
    UnreadableSymbols,
    /// One symbol was left out.
    MissingSymbol,
    /// There is one symbol too many.
    ExtraSymbol,
    /// The memo holds at least the first [`CUT_KEPT_MIN`] symbols of this reference.
    Cut,
}

impl Reason {
    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SeveralReferences => "several_references",
            Self::RepairedSymbol => "repaired_symbol",
            Self::SwappedSymbols => "swapped_symbols",
            Self::UnreadableSymbols => "unreadable_symbols",
            Self::MissingSymbol => "missing_symbol",
            Self::ExtraSymbol => "extra_symbol",
            Self::Cut => "cut",
        }
    }
}

/// A reference that a person may choose, with everything that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// An existing, open reference.
    pub reference: Reference,
    /// Why it is offered.
    pub reason: Reason,
    /// What stands in the folded memo.
    pub token: String,
    /// What was undone to come from the token to the reference; `None` when they are equal or the token
    /// is only the beginning.
    pub repair: Option<Slip>,
    /// How well it fits, 1 to 100; the same evidence has the same score.
    pub score: u8,
    /// The best of the other suggestions. One with the same score is a tie: the order of the two then
    /// says nothing.
    pub runner_up: Option<RunnerUp>,
}

/// The best alternative to a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RunnerUp {
    /// Its reference.
    pub reference: Reference,
    /// Its score.
    pub score: u8,
}

impl Suggestion {
    /// Whether another suggestion fits as well, so that the order of the two means nothing.
    #[must_use]
    pub fn is_tied(&self) -> bool {
        self.runner_up
            .is_some_and(|other| other.score == self.score)
    }
}

/// A reference one slip away from what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The reference that the memo may mean.
    pub reference: Reference,
    /// What must have gone wrong.
    pub slip: Slip,
    /// What stands in the folded memo.
    pub token: String,
}

impl Near {
    /// The reason to show.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self.slip {
            Slip::Wrong { .. } => Reason::RepairedSymbol,
            Slip::Swapped { .. } => Reason::SwappedSymbols,
            Slip::Unreadable { .. } => Reason::UnreadableSymbols,
            Slip::Missing { .. } => Reason::MissingSymbol,
            Slip::Extra { .. } => Reason::ExtraSymbol,
        }
    }

    /// How well it fits.
    ///
    /// ### Rationale
    /// The more ways a slip has to turn chance letters into a valid code, the less it proves: one wrong
    /// symbol has 12 · 30 ways, and fewer when the symbol cannot be one; a swap has 11; filling two
    /// holes proves nothing by its checks; a lost symbol has 12 · 31.
    #[must_use]
    pub const fn score(&self) -> u8 {
        match self.slip {
            Slip::Wrong {
                read: '0' | 'O' | '1' | 'I' | 'L',
                ..
            } => 88,
            Slip::Wrong { .. } => 85,
            Slip::Swapped { .. } => 80,
            Slip::Unreadable { .. } => 75,
            Slip::Extra { .. } => 74,
            Slip::Missing { .. } => 72,
        }
    }
}

/// Symbols in the memo that begin like a reference and may be cut.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CutPrefix {
    symbols: [u8; REFERENCE_LENGTH],
    length: usize,
}

impl CutPrefix {
    /// The first [`CUT_KEPT_MIN`] symbols: what to look up (`reference like 'QH234567%'`).
    #[must_use]
    pub fn lookup(&self) -> &str {
        self.kept(CUT_KEPT_MIN)
    }

    /// How many symbols at the beginning agree with this reference.
    #[must_use]
    pub fn agreement(&self, reference: &Reference) -> usize {
        let read = self.symbols.iter().take(self.length);
        read.zip(reference.as_symbols())
            .take_while(|(a, b)| a == b)
            .count()
    }

    /// What of this reference stands in the memo, and how well it fits, 1 to 100. `None` when too
    /// little agrees, or all twelve do: that is an exact reference, not a cut one.
    #[must_use]
    pub fn score(&self, reference: &Reference) -> Option<(&str, u8)> {
        let agreement = self.agreement(reference);
        if !(CUT_KEPT_MIN..REFERENCE_LENGTH).contains(&agreement) {
            return None;
        }
        let kept = u8::try_from(agreement).ok()?;
        Some((self.kept(agreement), SCORE_CUT + SCORE_CUT_STEP * kept))
    }

    /// The first symbols as text.
    fn kept(&self, count: usize) -> &str {
        // Symbols of the alphabet, so ASCII; never shorter than the minimum.
        self.symbols
            .get(..count)
            .and_then(|kept| str::from_utf8(kept).ok())
            .unwrap_or_default()
    }
}

/// What a memo could have meant, before anyone has looked whether it exists. One query answers all:
/// which of these are open, and which open references begin with one of the cut prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// The exact references, when there are several.
    pub several: Vec<Reference>,
    /// References one slip away from what was read, at most [`FOUND_MAX`].
    pub near: Vec<Near>,
    /// Beginnings of references that lost their tail, at most [`FOUND_MAX`].
    pub cut: Vec<CutPrefix>,
}

/// Everything short of an exact and unique reference in the memo.
#[must_use]
pub fn candidates(memo: &str, flows: &[Flow]) -> Candidates {
    candidates_in([memo], flows)
}

/// The same over several texts of one message.
#[must_use]
pub fn candidates_in<'a>(
    memos: impl IntoIterator<Item = &'a str> + Clone,
    flows: &[Flow],
) -> Candidates {
    let exact = find_in(memos.clone(), flows).exact;
    let mut candidates = Candidates::default();
    for memo in memos {
        let folded = fold(memo);
        let bytes = folded.as_bytes();
        for at in 0..bytes.len() {
            near_at(&bytes[at..], flows, &exact, &mut candidates.near);
        }
        keep_new(&mut candidates.cut, cut_prefixes_in(&folded, flows));
    }
    if exact.len() > 1 {
        candidates.several = exact;
    }
    candidates
}

/// Keeps each reference once, with the slip that scores best.
fn near_at(text: &[u8], flows: &[Flow], exact: &[Reference], kept: &mut Vec<Near>) {
    Reference::near(text, flows, |reference, slip, length| {
        if exact.contains(&reference) {
            return;
        }
        let token = text.get(..length).unwrap_or_default();
        let near = Near {
            reference,
            slip,
            token: String::from_utf8_lossy(token).into_owned(),
        };
        match kept.iter().position(|known| known.reference == reference) {
            Some(at) if kept[at].score() < near.score() => kept[at] = near,
            None if kept.len() < FOUND_MAX => kept.push(near),
            _ => {}
        }
    });
}

/// Where references of these flows may begin: banks cut the end of a memo, and the frame may follow
/// without a gap.
///
/// Whole references are among them, on purpose: when the frame's letters replace three or more lost
/// symbols, the window is a valid code by chance once in 961. Nobody has that code, and the one that
/// was cut is still to be suggested.
#[must_use]
pub fn cut_prefixes(memo: &str, flows: &[Flow]) -> Vec<CutPrefix> {
    let folded = fold(memo);
    let mut cut = Vec::new();
    keep_new(&mut cut, cut_prefixes_in(&folded, flows));
    cut
}

fn cut_prefixes_in(folded: &str, flows: &[Flow]) -> impl Iterator<Item = CutPrefix> {
    let bytes = folded.as_bytes();
    (0..bytes.len())
        .map(|at| &bytes[at..])
        .filter(|rest| flows.iter().any(|flow| flow.begins(rest)))
        .filter_map(|rest| {
            let read = rest
                .iter()
                .take(REFERENCE_LENGTH)
                .take_while(|symbol| ALPHABET.contains(symbol));
            let mut cut = CutPrefix {
                symbols: [0; REFERENCE_LENGTH],
                length: 0,
            };
            for (place, &symbol) in cut.symbols.iter_mut().zip(read) {
                *place = symbol;
                cut.length += 1;
            }
            (cut.length >= CUT_KEPT_MIN).then_some(cut)
        })
}

/// The suggestions for a memo, best first.
///
/// `is_open` says whether a reference exists and is open; `open_with_prefix` lists the open references
/// that begin with the given [`CUT_KEPT_MIN`] symbols.
#[must_use]
pub fn suggestions(
    memo: &str,
    flows: &[Flow],
    is_open: impl Fn(&Reference) -> bool,
    open_with_prefix: impl Fn(&str) -> Vec<Reference>,
) -> Vec<Suggestion> {
    candidates(memo, flows).suggestions(is_open, open_with_prefix)
}

/// An exact reference among several.
const SCORE_SEVERAL: u8 = 95;
/// A reference of which only the beginning is there: this, and [`SCORE_CUT_STEP`] for each symbol kept.
const SCORE_CUT: u8 = 20;
const SCORE_CUT_STEP: u8 = 4;

impl Candidates {
    /// Whether there is nothing to look up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.several.is_empty() && self.near.is_empty() && self.cut.is_empty()
    }

    /// The candidates that exist and are open, best first, each reference once with its best reason; at
    /// most [`FOUND_MAX`]. The closures are those of [`suggestions`].
    #[must_use]
    pub fn suggestions(
        &self,
        is_open: impl Fn(&Reference) -> bool,
        open_with_prefix: impl Fn(&str) -> Vec<Reference>,
    ) -> Vec<Suggestion> {
        let several = self.several.iter().map(|&reference| Suggestion {
            reference,
            reason: Reason::SeveralReferences,
            token: reference.to_string(),
            repair: None,
            score: SCORE_SEVERAL,
            runner_up: None,
        });
        let near = self.near.iter().map(|near| Suggestion {
            reference: near.reference,
            reason: near.reason(),
            token: near.token.clone(),
            repair: Some(near.slip),
            score: near.score(),
            runner_up: None,
        });
        let cut = self.cut.iter().flat_map(|cut| {
            let mut open = open_with_prefix(cut.lookup());
            open.sort_unstable();
            open.into_iter()
                .filter_map(move |reference| cut_suggestion(cut, reference))
        });
        let looked_up = several
            .chain(near)
            .filter(|suggestion| is_open(&suggestion.reference));
        rank(looked_up.chain(cut))
    }
}

fn cut_suggestion(cut: &CutPrefix, reference: Reference) -> Option<Suggestion> {
    let (token, score) = cut.score(&reference)?;
    Some(Suggestion {
        reference,
        reason: Reason::Cut,
        token: token.to_owned(),
        repair: None,
        score,
        runner_up: None,
    })
}

/// Best first, each with its runner-up. Equals keep the order in which they came: that of the memo, and
/// of the references where one beginning fits several.
fn rank(suggestions: impl Iterator<Item = Suggestion>) -> Vec<Suggestion> {
    let mut ranked: Vec<Suggestion> = Vec::new();
    for suggestion in suggestions {
        match ranked
            .iter_mut()
            .find(|known| known.reference == suggestion.reference)
        {
            Some(known) if known.score < suggestion.score => *known = suggestion,
            Some(_) => {}
            None => ranked.push(suggestion),
        }
    }
    ranked.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.score));
    ranked.truncate(FOUND_MAX);
    let best: Vec<RunnerUp> = ranked
        .iter()
        .take(2)
        .map(|suggestion| RunnerUp {
            reference: suggestion.reference,
            score: suggestion.score,
        })
        .collect();
    for (index, suggestion) in ranked.iter_mut().enumerate() {
        suggestion.runner_up = best.get(usize::from(index == 0)).copied();
    }
    ranked
}
