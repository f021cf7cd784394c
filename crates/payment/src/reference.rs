//! The payment reference: the code that the payer's bank carries back to us in the memo.
//!
//! `PP DDDDDDDD CC`: a two-letter [`Flow`], eight random symbols, two check symbols, all from the 31
//! letters of [`ALPHABET`]. 31 is prime, so the two checks are a Reed–Solomon code
//! over the field of 31 elements: with v(c) a symbol's index in the alphabet and positions 1…12,
//!
//! ```text
//! Σ v(cᵢ) ≡ 0   and   Σ i·v(cᵢ) ≡ 0   (mod 31)
//! ```
//!
//! Two different valid codes differ in at least three places. So one or two wrong symbols, and any
//! swap of two symbols, never give another valid code; and a text with one wrong symbol lies next to
//! exactly one code, which [`Reference::repair`] computes instead of searching.
//!
//! The reference grants nothing. It is printed on paper and typed by strangers; whatever opens a
//! page carries a separate secret token.

mod slip;

pub use slip::Slip;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The 31 symbols. No `0 O 1 I L`: those are the ones that people confuse when they retype a
/// code, and without them the number of symbols is prime, which the check needs.
pub const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// Symbols in a reference.
pub const REFERENCE_LENGTH: usize = 12;

/// Symbols before the two checks: prefix and random part.
const DATA_LENGTH: usize = 10;

/// The modulus of the check; the size of the alphabet.
const P: u32 = 31;

/// The value of each byte in the alphabet, or [`FOREIGN`].
const VALUE: [u8; 256] = value_table();
const FOREIGN: u8 = u8::MAX;

const fn value_table() -> [u8; 256] {
    let mut table = [FOREIGN; 256];
    let mut value: u8 = 0;
    while (value as usize) < ALPHABET.len() {
        table[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    table
}

fn value_of(symbol: u8) -> Option<u32> {
    match VALUE[usize::from(symbol)] {
        FOREIGN => None,
        value => Some(u32::from(value)),
    }
}

fn is_symbol(byte: u8) -> bool {
    VALUE[usize::from(byte)] != FOREIGN
}

/// A place in a reference as a person counts it, from 1.
fn place_of(index: usize) -> u8 {
    u8::try_from(index + 1).unwrap_or(u8::MAX)
}

fn symbol_of(value: u32) -> u8 {
    ALPHABET[(value % P) as usize]
}

/// The kind of payment, written as the first two letters of its references.
///
/// ### Rationale
/// The first letter is Q, X or Z: pairs that Vietnamese does not write. Counted on 1.8 million real
/// memos, chance windows are 600 times rarer than with a pair like `CH`.
///
/// ```
/// use payment::Flow;
/// assert_eq!(Flow::parse("QT")?, Flow::SCHOOL);
/// assert!(Flow::parse("CH").is_err());
/// # Ok::<(), payment::ReferenceError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow([u8; 2]);

impl Flow {
    /// Fees and charges of one-stop public services.
    pub const ONE_STOP: Self = Self(*b"QH");
    /// School collections.
    pub const SCHOOL: Self = Self(*b"QT");
    /// Market stalls.
    pub const MARKET: Self = Self(*b"QC");
    /// Anything else.
    pub const OTHER: Self = Self(*b"QX");

    /// The four flows that every installation knows.
    pub const DEFAULTS: [Self; 4] = [Self::ONE_STOP, Self::SCHOOL, Self::MARKET, Self::OTHER];

    /// Reads two upper-case letters of the alphabet, the first of them Q, X or Z.
    ///
    /// # Errors
    /// [`ReferenceError::Prefix`].
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        match text.as_bytes() {
            &[first, second] => Self::from_symbols([first, second]),
            _ => Err(ReferenceError::Prefix),
        }
    }

    fn from_symbols(pair: [u8; 2]) -> Result<Self, ReferenceError> {
        let [first, second] = pair;
        // A digit as second symbol would be checkable too, but "two letters" is what people are told.
        if matches!(first, b'Q' | b'X' | b'Z')
            && second.is_ascii_uppercase()
            && value_of(second).is_some()
        {
            Ok(Self(pair))
        } else {
            Err(ReferenceError::Prefix)
        }
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII letters by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether a text at this place begins like a reference of this flow.
    #[must_use]
    pub fn begins(self, symbols: &[u8]) -> bool {
        symbols.starts_with(&self.0)
    }
}

/// A payment reference whose checks hold. There is no other kind: a text becomes a `Reference` by
/// [`Reference::parse`] or not at all.
///
/// ```
/// use payment::{Flow, Reference};
/// let reference = Reference::parse("QH234567895V")?;
/// assert_eq!(reference.flow(), Flow::ONE_STOP);
/// assert!(Reference::parse("QH234567895W").is_err());
/// # Ok::<(), payment::ReferenceError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference([u8; REFERENCE_LENGTH]);

/// Why a text is not a payment reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// Not twelve symbols.
    #[error("a payment reference has 12 symbols")]
    Length,
    /// The first two symbols are not a flow.
    #[error("a payment reference begins with two letters, the first of them Q, X or Z")]
    Prefix,
    /// A symbol outside [`ALPHABET`]; lower case counts as outside.
    #[error("symbol {position} is not one of 23456789ABCDEFGHJKMNPQRSTUVWXYZ")]
    Symbol {
        /// Counted from 1, as a person would.
        position: u8,
    },
    /// The check symbols do not fit the others: at least one symbol is wrong.
    #[error("the check symbols do not fit: at least one symbol is wrong")]
    Check,
}

impl Reference {
    /// Draws a reference from random bytes that the caller supplies; this crate has no randomness.
    ///
    /// ### Rationale
    /// Each byte gives its low five bits, a number that is uniform over 0…31; 31 is thrown away
    /// (rejection sampling), so the 31 symbols are exactly equally likely. A remainder by 31 would
    /// prefer the first eight symbols. Eight of the sixteen bytes are spare for rejections, each of
    /// which happens once in 32.
    ///
    /// `None` when more than eight bytes were rejected, about three times in ten thousand million
    /// draws: call again with fresh bytes.
    #[must_use]
    pub fn from_random(flow: Flow, random: [u8; 16]) -> Option<Self> {
        let mut data = [0_u8; DATA_LENGTH];
        data[..2].copy_from_slice(&flow.0);
        let mut drawn = random
            .iter()
            .map(|byte| byte & 0b1_1111)
            .filter(|&value| value < 31);
        for place in &mut data[2..] {
            *place = symbol_of(u32::from(drawn.next()?));
        }
        Some(Self::with_checks(data))
    }

    /// Appends the two check symbols. Solving the two sums of the module's header for v(c₁₁) and
    /// v(c₁₂), with S₀ and S₁ the sums over the first ten: v(c₁₂) = 11·S₀ − S₁, v(c₁₁) = −S₀ − v(c₁₂).
    fn with_checks(data: [u8; DATA_LENGTH]) -> Self {
        let (s0, s1) = sums(&data);
        let last = (11 * s0 + P - s1) % P;
        let before_last = (2 * P - s0 - last) % P;
        let mut symbols = [0; REFERENCE_LENGTH];
        symbols[..DATA_LENGTH].copy_from_slice(&data);
        symbols[10] = symbol_of(before_last);
        symbols[11] = symbol_of(last);
        Self(symbols)
    }

    /// Reads exactly twelve upper-case symbols. For text from people or banks, fold first
    /// (`reconciler::memo::fold`).
    ///
    /// # Errors
    /// [`ReferenceError`] says what is wrong, the first thing first.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        match text.as_bytes().try_into() {
            Ok(symbols) => Self::from_symbols(symbols),
            Err(_) => Err(ReferenceError::Length),
        }
    }

    /// The same as [`Reference::parse`] for a window of a longer text; allocates nothing.
    ///
    /// # Errors
    /// [`ReferenceError`], never `Length`.
    pub fn from_symbols(symbols: &[u8; REFERENCE_LENGTH]) -> Result<Self, ReferenceError> {
        Flow::from_symbols([symbols[0], symbols[1]])?;
        for (position, &symbol) in (1..).zip(symbols) {
            if value_of(symbol).is_none() {
                return Err(ReferenceError::Symbol { position });
            }
        }
        match sums(symbols) {
            (0, 0) => Ok(Self(*symbols)),
            _ => Err(ReferenceError::Check),
        }
    }

    /// The one reference that differs from these symbols in exactly one place, if there is one.
    ///
    /// There is never a second: two valid codes differ in at least three places. A window that is
    /// itself valid needs no repair and gets `None`. Letters and digits outside the alphabet
    /// (`0 O 1 I L`, lower case) count as a wrong symbol, whatever they look like.
    ///
    /// A repair is a guess for a person to confirm, never a reason to settle: about one window in
    /// three is next to some valid code by chance. Offer it only when the reference exists and is open.
    #[must_use]
    pub fn repair(symbols: &[u8; REFERENCE_LENGTH]) -> Option<Self> {
        Self::repair_at(symbols).map(|(reference, _)| reference)
    }

    /// The same, with the index of the wrong symbol.
    fn repair_at(symbols: &[u8; REFERENCE_LENGTH]) -> Option<(Self, usize)> {
        let mut foreign = (0..REFERENCE_LENGTH).filter(|&at| value_of(symbols[at]).is_none());
        let (at, value) = match (foreign.next(), foreign.next()) {
            // All symbols are known. An error of e at position i leaves the sums e and i·e.
            (None, _) => {
                let (s0, s1) = sums(symbols);
                let position = s1 * inverse(s0)? % P;
                let at = usize::try_from(position.checked_sub(1)?).ok()?;
                let wrong = value_of(*symbols.get(at)?)?;
                (at, (wrong + P - s0) % P)
            }
            // One symbol is unknown, and counts 0 in the sums: it must be −S₀, if S₁ agrees.
            (Some(at), None) => (at, (P - sums(symbols).0) % P),
            (Some(_), Some(_)) => return None,
        };
        let mut repaired = *symbols;
        repaired[at] = symbol_of(value);
        Some((Self::from_symbols(&repaired).ok()?, at))
    }

    /// The twelve symbols as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are symbols of the alphabet, so ASCII, by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The twelve symbols.
    #[must_use]
    pub const fn as_symbols(&self) -> &[u8; REFERENCE_LENGTH] {
        &self.0
    }

    /// Whether another reference of these flows could begin inside this one: a prefix stands after the
    /// first symbol, or the last symbol begins one.
    ///
    /// With the text that follows in a memo such a tail is a second valid code once in 961, and two codes
    /// wait for a person. A reference that is drawn can be drawn again instead.
    #[must_use]
    pub fn could_begin_another(&self, flows: &[Flow]) -> bool {
        let inner = (1..REFERENCE_LENGTH - 1)
            .filter_map(|at| self.0.get(at..))
            .any(|tail| flows.iter().any(|flow| flow.begins(tail)));
        let last = self.0.last();
        inner
            || flows
                .iter()
                .any(|flow| flow.as_str().as_bytes().first() == last)
    }

    /// The flow that the prefix names.
    #[must_use]
    pub const fn flow(&self) -> Flow {
        Flow([self.0[0], self.0[1]])
    }
}

/// Σ v and Σ i·v modulo 31, positions from 1; a foreign symbol counts 0.
fn sums(symbols: &[u8]) -> (u32, u32) {
    let (s0, s1) = (1..)
        .zip(symbols)
        .fold((0, 0), |(s0, s1), (position, &symbol)| {
            let value = value_of(symbol).unwrap_or(0);
            (s0 + value, s1 + position * value)
        });
    // At most 12 · 30 and 78 · 30, so one reduction at the end is enough.
    (s0 % P, s1 % P)
}

/// The multiplicative inverse modulo 31 (Fermat: a²⁹), or `None` for zero.
fn inverse(value: u32) -> Option<u32> {
    (value != 0).then(|| (0..29).fold(1, |power, _| power * value % P))
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl FromStr for Flow {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({})", self.as_str())
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flow({})", self.as_str())
    }
}

/// A JSON string.
impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A JSON string.
impl Serialize for Flow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A JSON string that parses; anything else is refused.
impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// A JSON string that parses; anything else is refused.
impl<'de> Deserialize<'de> for Flow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
