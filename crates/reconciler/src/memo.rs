//! Finding our payment reference in a transfer memo that banks have mangled.
//!
//! Every bank on the way wraps the memo in a frame of its own, drops accents and punctuation, cuts
//! lines at 35 characters, glues words together. The frames change every year, so
//! no frame is parsed here: the text is folded to bare letters and digits, and a window of twelve
//! symbols slides over it. The two check symbols decide what is a reference.
//!
//! Only [`Found::only`], one exact and unique reference, settles by itself. Everything else is a
//! [`Suggestion`] for a person, and only towards a reference that exists and is open: by chance about
//! one window in three lies next to some valid code.
//!
//! ```
//! use payment::Flow;
//! let found = reconciler::memo::find("MBVCB.3278907687.nop phi qh2345 67895v.CT tu 0011", &Flow::DEFAULTS);
//! assert_eq!(found.only().map(|reference| reference.to_string()).as_deref(), Some("QH234567895V"));
//! ```

use payment::{ALPHABET, Flow, REFERENCE_LENGTH, Reference};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// References (or candidates of one kind) that are collected from one memo; the rest is not read.
///
/// ### Rationale
/// A real memo holds at most 258 characters, room for 21 references. Two are
/// already a case for a person, so nothing is lost by stopping, and a hostile memo costs linear time.
pub const FOUND_MAX: usize = 16;

/// Symbols that a cut reference must have kept to be suggested: the prefix and six of eight random
/// symbols. 31⁶ is 887 million, so another open reference with the same beginning is a rare accident.
pub const CUT_KEPT_MIN: usize = 8;

/// The memo as bare letters and digits: NFD, marks dropped, đ→d, upper case, the rest dropped.
///
/// ```
/// assert_eq!(reconciler::memo::fold("Nộp học phí: đợt 2"), "NOPHOCPHIDOT2");
/// ```
#[must_use]
pub fn fold(memo: &str) -> String {
    let mut folded = String::with_capacity(memo.len());
    for c in memo.nfd() {
        match c {
            'A'..='Z' | '0'..='9' => folded.push(c),
            'a'..='z' => folded.push(c.to_ascii_uppercase()),
            // The stroke is not a mark for Unicode: đ does not decompose.
            'đ' | 'Đ' => folded.push('D'),
            _ if c.is_ascii() || is_combining_mark(c) => {}
            // Upper case may bring marks of its own (ΐ); those go too.
            _ => folded.extend(
                c.to_uppercase()
                    .nfd()
                    .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)),
            ),
        }
    }
    folded
}

/// What [`find`] read in a memo.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The valid references of the asked flows, each once, in the order of the text; at most
    /// [`FOUND_MAX`].
    pub exact: Vec<Reference>,
}

impl Found {
    /// The reference, when it is the only one: the case that may settle without a person.
    #[must_use]
    pub fn only(&self) -> Option<Reference> {
        match self.exact.as_slice() {
            &[reference] => Some(reference),
            _ => None,
        }
    }
}

/// The valid references of these flows in the memo.
#[must_use]
pub fn find(memo: &str, flows: &[Flow]) -> Found {
    find_in([memo], flows)
}

/// The same over several texts of one message: a sender may shorten one of them, and the same
/// reference in both counts once.
#[must_use]
pub fn find_in<'a>(memos: impl IntoIterator<Item = &'a str>, flows: &[Flow]) -> Found {
    let mut found = Found::default();
    for memo in memos {
        let folded = fold(memo);
        let references = windows(&folded)
            .filter(|window| is_known(flows, window))
            .filter_map(|window| Reference::from_symbols(window).ok());
        keep_new(&mut found.exact, references);
    }
    found
}

/// Why a reference is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The memo holds this reference exactly, and others too.
    SeveralReferences,
    /// One symbol of the memo differs from this reference.
    RepairedSymbol,
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
            Self::Cut => "cut",
        }
    }
}

/// A reference that a person may choose, with the reason to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Suggestion {
    /// An existing, open reference.
    pub reference: Reference,
    /// Why it is offered.
    pub reason: Reason,
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
        // Symbols of the alphabet, so ASCII; never shorter than the minimum.
        self.symbols
            .get(..CUT_KEPT_MIN)
            .and_then(|kept| str::from_utf8(kept).ok())
            .unwrap_or_default()
    }

    /// How many symbols at the beginning agree with this reference.
    #[must_use]
    pub fn agreement(&self, reference: &Reference) -> usize {
        let read = self.symbols.iter().take(self.length);
        read.zip(reference.as_symbols())
            .take_while(|(a, b)| a == b)
            .count()
    }
}

/// What a memo could have meant, before anyone has looked whether it exists. One query answers all:
/// which of these are open, and which open references begin with one of the cut prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// The exact references, when there are several.
    pub several: Vec<Reference>,
    /// References one symbol away from what was read.
    pub repaired: Vec<Reference>,
    /// Beginnings of references that lost their tail.
    pub cut: Vec<CutPrefix>,
}

/// Everything short of an exact and unique reference, in one pass over the folded memo.
#[must_use]
pub fn candidates(memo: &str, flows: &[Flow]) -> Candidates {
    let folded = fold(memo);
    let mut several = find(&folded, flows).exact;
    if several.len() < 2 {
        several.clear();
    }
    // The wrong symbol may be one of the prefix, so the flow is asked of the repaired code.
    let repairs = windows(&folded)
        .filter_map(Reference::repair)
        .filter(|reference| flows.contains(&reference.flow()));
    let mut repaired = Vec::new();
    keep_new(&mut repaired, repairs);
    Candidates {
        several,
        repaired,
        cut: cut_prefixes_in(&folded, flows),
    }
}

/// Where references of these flows may begin: banks cut the end of a memo, and the frame may follow
/// without a gap.
///
/// Whole references are among them, on purpose: when the frame's letters replace three or more lost
/// symbols, the window is a valid code by chance once in 961. Nobody has that code, and the one that
/// was cut is still to be suggested.
#[must_use]
pub fn cut_prefixes(memo: &str, flows: &[Flow]) -> Vec<CutPrefix> {
    cut_prefixes_in(&fold(memo), flows)
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

impl Candidates {
    /// Whether there is nothing to look up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.several.is_empty() && self.repaired.is_empty() && self.cut.is_empty()
    }

    /// The candidates that exist and are open, best first, each reference once with its best reason;
    /// cut ones by the number of symbols that agree. The closures are those of [`suggestions`].
    #[must_use]
    pub fn suggestions(
        &self,
        is_open: impl Fn(&Reference) -> bool,
        open_with_prefix: impl Fn(&str) -> Vec<Reference>,
    ) -> Vec<Suggestion> {
        let mut cut: Vec<(usize, Reference)> = self
            .cut
            .iter()
            .flat_map(|cut| {
                let open = open_with_prefix(cut.lookup()).into_iter();
                open.map(move |reference| (cut.agreement(&reference), reference))
            })
            // All twelve agree: that is an exact reference, not a cut one.
            .filter(|(agreement, _)| (CUT_KEPT_MIN..REFERENCE_LENGTH).contains(agreement))
            .collect();
        cut.sort_by_key(|&(agreement, reference)| (std::cmp::Reverse(agreement), reference));

        let several = self.several.iter().filter(|reference| is_open(reference));
        let repaired = self.repaired.iter().filter(|reference| is_open(reference));
        let ranked = several
            .map(|&reference| (reference, Reason::SeveralReferences))
            .chain(repaired.map(|&reference| (reference, Reason::RepairedSymbol)))
            .chain(
                cut.into_iter()
                    .map(|(_, reference)| (reference, Reason::Cut)),
            );

        let mut suggestions: Vec<Suggestion> = Vec::new();
        for (reference, reason) in ranked {
            if suggestions.len() == FOUND_MAX {
                break;
            }
            if suggestions.iter().all(|known| known.reference != reference) {
                suggestions.push(Suggestion { reference, reason });
            }
        }
        suggestions
    }
}

fn cut_prefixes_in(folded: &str, flows: &[Flow]) -> Vec<CutPrefix> {
    let bytes = folded.as_bytes();
    let beginnings = (0..bytes.len())
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
        });
    let mut cut = Vec::new();
    keep_new(&mut cut, beginnings);
    cut
}

/// Each window of twelve bytes. A letter that is not ASCII takes several bytes and fits nowhere.
fn windows(folded: &str) -> impl Iterator<Item = &[u8; REFERENCE_LENGTH]> {
    folded
        .as_bytes()
        .windows(REFERENCE_LENGTH)
        .filter_map(|window| window.try_into().ok())
}

fn is_known(flows: &[Flow], window: &[u8; REFERENCE_LENGTH]) -> bool {
    flows.iter().any(|flow| flow.begins(window))
}

/// Appends what is not there yet, up to [`FOUND_MAX`] in all.
fn keep_new<T: PartialEq>(kept: &mut Vec<T>, items: impl Iterator<Item = T>) {
    for item in items {
        if kept.len() == FOUND_MAX {
            return;
        }
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
}

#[cfg(test)]
mod tests;
