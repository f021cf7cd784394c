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

mod fold;
mod suggest;

pub use fold::{fold, fold_into};
pub use suggest::*;

use payment::{Flow, REFERENCE_LENGTH, Reference};

/// References (or candidates of one kind) that are collected from one memo; the rest is not read.
///
/// ### Rationale
/// A real memo holds at most 258 characters, room for 21 references. Two are
/// already a case for a person, so nothing is lost by stopping, and a hostile memo costs linear time.
pub const FOUND_MAX: usize = 16;

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
    let mut folded = String::new();
    for memo in memos {
        folded.clear();
        fold_into(memo, &mut folded);
        let references = windows(&folded)
            .filter(|window| is_known(flows, window))
            .filter_map(|window| Reference::from_symbols(window).ok());
        keep_new(&mut found.exact, references);
    }
    found
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
