//! What people and machines do to a reference, undone: one slip at a time.
//!
//! Everything here is a guess for a person to confirm. By chance about one window in three lies next to
//! some valid code, so a guess is worth showing only when the reference exists and is open.

use super::{
    Flow, P, REFERENCE_LENGTH, Reference, inverse, is_symbol, place_of, sums, symbol_of, value_of,
};
use serde::Serialize;

/// How a text differs from the reference that it seems to mean. Positions are those of the reference,
/// counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Slip {
    /// One symbol is another one, or a character that no reference has.
    Wrong {
        /// Which.
        position: u8,
        /// What stands there.
        read: char,
    },
    /// Two neighbours have changed places.
    Swapped {
        /// The first of the two.
        position: u8,
    },
    /// Two characters that no reference has (`0 O 1 I L`).
    Unreadable {
        /// Which.
        positions: [u8; 2],
    },
    /// One symbol was left out.
    Missing {
        /// Which.
        position: u8,
    },
    /// One symbol too many.
    Extra {
        /// Before which symbol of the reference it stands.
        position: u8,
        /// What stands there.
        read: char,
    },
}

/// The most symbols that a reference with one slip takes.
const SLIPPED_LENGTH_MAX: usize = REFERENCE_LENGTH + 1;

impl Reference {
    /// Calls `offer` with each reference of these flows that is one [`Slip`] away from the beginning of
    /// `text` (folded: upper-case letters and digits), and with the number of bytes of `text` that were
    /// read for it. The same reference may come more than once.
    ///
    /// ### Rationale
    /// The prefix must stand there, or be what the slip damaged: with that, a memo of ordinary words
    /// gives almost no candidates, and what remains can be looked up in one query.
    pub fn near(text: &[u8], flows: &[Flow], mut offer: impl FnMut(Self, Slip, usize)) {
        let Some((first, second, third)) = beginning(text) else {
            return;
        };
        let any =
            |holds: &dyn Fn(u8, u8) -> bool| flows.iter().any(|flow| holds(flow.0[0], flow.0[1]));
        let whole = any(&|a, b| a == first && b == second);
        let mut offer = |reference: Option<Self>, slip, length| match reference {
            Some(reference)
                if flows.contains(&reference.flow()) && !text.starts_with(&reference.0) =>
            {
                offer(reference, slip, length);
            }
            _ => {}
        };
        if let Some(window) = text.first_chunk() {
            if (whole || any(&|a, b| a == first || b == second))
                && let Some((reference, at)) = Self::repair_at(window)
            {
                let slip = Slip::Wrong {
                    position: place_of(at),
                    read: char::from(window[at]),
                };
                offer(Some(reference), slip, REFERENCE_LENGTH);
            }
            if whole || any(&|a, b| (b == first && a == second) || (a == first && b == third)) {
                for at in 0..REFERENCE_LENGTH - 1 {
                    let mut symbols = *window;
                    symbols.swap(at, at + 1);
                    if symbols != *window {
                        let slip = Slip::Swapped {
                            position: place_of(at),
                        };
                        offer(Self::from_symbols(&symbols).ok(), slip, REFERENCE_LENGTH);
                    }
                }
            }
            if whole && let Some((reference, positions)) = fill_two(window) {
                offer(
                    Some(reference),
                    Slip::Unreadable { positions },
                    REFERENCE_LENGTH,
                );
            }
        }
        if let Some(kept) = text.first_chunk::<{ REFERENCE_LENGTH - 1 }>()
            && (whole || any(&|a, b| a == first || b == first))
            && kept.iter().all(|&symbol| is_symbol(symbol))
        {
            // The sum of all twelve values is 0, so the lost symbol is known before its place is.
            let lost = symbol_of(P - sums(kept).0);
            for at in 0..REFERENCE_LENGTH {
                let mut symbols = [lost; REFERENCE_LENGTH];
                symbols[..at].copy_from_slice(&kept[..at]);
                symbols[at + 1..].copy_from_slice(&kept[at..]);
                let slip = Slip::Missing {
                    position: place_of(at),
                };
                offer(
                    Self::from_symbols(&symbols).ok(),
                    slip,
                    REFERENCE_LENGTH - 1,
                );
            }
        }
        if let Some(grown) = text.first_chunk::<SLIPPED_LENGTH_MAX>()
            && (whole || any(&|a, b| a == first && b == third))
        {
            // Without the first or the last symbol it is a whole reference, and no slip.
            for at in 1..REFERENCE_LENGTH {
                let mut symbols = [0; REFERENCE_LENGTH];
                symbols[..at].copy_from_slice(&grown[..at]);
                symbols[at..].copy_from_slice(&grown[at + 1..]);
                let slip = Slip::Extra {
                    position: place_of(at),
                    read: char::from(grown[at]),
                };
                offer(Self::from_symbols(&symbols).ok(), slip, SLIPPED_LENGTH_MAX);
            }
        }
    }
}

fn beginning(text: &[u8]) -> Option<(u8, u8, u8)> {
    match text {
        &[first, second, third, ..] => Some((first, second, third)),
        _ => None,
    }
}

/// The reference that fills exactly two unknown symbols. With a at place i and b at place j the sums
/// want a + b = −S₀ and i·a + j·b = −S₁, so b = (i·S₀ − S₁) / (j − i).
fn fill_two(window: &[u8; REFERENCE_LENGTH]) -> Option<(Reference, [u8; 2])> {
    let mut foreign = (0..REFERENCE_LENGTH).filter(|&at| value_of(window[at]).is_none());
    let (first, second) = (foreign.next()?, foreign.next()?);
    if foreign.next().is_some() {
        return None;
    }
    let (s0, s1) = sums(window);
    let (i, j) = (u32::from(place_of(first)), u32::from(place_of(second)));
    let b = (i * s0 + P - s1) * inverse(j - i)? % P;
    let a = (2 * P - s0 - b) % P;
    let mut symbols = *window;
    symbols[first] = symbol_of(a);
    symbols[second] = symbol_of(b);
    let reference = Reference::from_symbols(&symbols).ok()?;
    Some((reference, [place_of(first), place_of(second)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOWS: &[Flow] = &Flow::DEFAULTS;

    fn references() -> impl Iterator<Item = Reference> {
        (0..200_u8).filter_map(|seed| {
            let random = std::array::from_fn(|i| {
                seed.wrapping_mul(37)
                    .wrapping_add(u8::try_from(i).unwrap().wrapping_mul(101))
            });
            Reference::from_random(FLOWS[usize::from(seed % 4)], random)
        })
    }

    fn near(text: &[u8]) -> Vec<(Reference, Slip)> {
        let mut near = Vec::new();
        Reference::near(text, FLOWS, |reference, slip, _| {
            near.push((reference, slip))
        });
        near
    }

    #[test]
    fn one_wrong_symbol_at_any_place_is_undone() {
        for reference in references() {
            for at in 0..REFERENCE_LENGTH {
                for wrong in *b"0O1IL7K" {
                    let mut text = *reference.as_symbols();
                    if text[at] == wrong {
                        continue;
                    }
                    text[at] = wrong;
                    let slip = Slip::Wrong {
                        position: place_of(at),
                        read: char::from(wrong),
                    };
                    assert!(near(&text).contains(&(reference, slip)), "{reference} {at}");
                }
            }
        }
    }

    #[test]
    fn a_symbol_left_out_at_any_place_is_put_back() {
        for reference in references() {
            for at in 0..REFERENCE_LENGTH {
                let mut text = reference.as_symbols().to_vec();
                text.remove(at);
                assert!(
                    near(&text).iter().any(|(found, _)| *found == reference),
                    "{reference} {at}"
                );
            }
        }
    }

    #[test]
    fn a_symbol_too_many_inside_is_taken_out() {
        for reference in references() {
            for (at, symbol) in reference.as_symbols().iter().enumerate().skip(1) {
                for extra in [b'K', b'0', *symbol] {
                    let mut text = reference.as_symbols().to_vec();
                    text.insert(at, extra);
                    if text.starts_with(reference.as_symbols()) {
                        continue; // the last symbol doubled: the reference is whole
                    }
                    assert!(
                        near(&text).iter().any(|(found, _)| *found == reference),
                        "{reference} {at}"
                    );
                }
            }
        }
    }

    #[test]
    fn neighbours_that_changed_places_change_back() {
        for reference in references() {
            for at in 0..REFERENCE_LENGTH - 1 {
                let mut text = *reference.as_symbols();
                text.swap(at, at + 1);
                if text != *reference.as_symbols() {
                    let slip = Slip::Swapped {
                        position: place_of(at),
                    };
                    assert!(near(&text).contains(&(reference, slip)), "{reference} {at}");
                }
            }
        }
    }

    #[test]
    fn any_two_unreadable_symbols_of_the_body_are_computed() {
        for reference in references() {
            for first in 2..REFERENCE_LENGTH {
                for second in first + 1..REFERENCE_LENGTH {
                    let mut text = *reference.as_symbols();
                    text[first] = b'O';
                    text[second] = b'1';
                    let slip = Slip::Unreadable {
                        positions: [place_of(first), place_of(second)],
                    };
                    assert!(near(&text).contains(&(reference, slip)), "{reference}");
                }
            }
        }
    }

    #[test]
    fn a_whole_reference_is_no_slip_of_itself() {
        for reference in references() {
            let text = reference.as_symbols();
            assert!(near(text).iter().all(|(found, _)| *found != reference));
        }
    }
}
