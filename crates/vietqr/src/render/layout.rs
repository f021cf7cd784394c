//! What ISO/IEC 18004 fixes for one version and level, asked of the library once and then kept: the
//! order of the codewords, their places, the error correction, the symbol without data under each mask.
//!
//! The library draws a symbol module by module, which is most of the time of a picture. A symbol is
//! linear, so drawing is only this: the error correction by table, each bit to its place, and the
//! picture of no data laid over it. Nothing of the standard is written down here a second time: all
//! of it is read off symbols that the library made, and a test compares every version, level and mask.

use super::mask::{self, Line, Lines, MASKS};
use qrcode::canvas::{Canvas, Module};
use qrcode::ec::{construct_codewords, create_error_correction_code};
use qrcode::types::{Color, QrError};
use qrcode::{EcLevel, Version};
use std::ops::Range;
use std::sync::OnceLock;

/// The highest version whose rows fit a `u64` (61 modules): every payload that we write.
pub(super) const NARROW_MAX: i16 = 11;

/// The highest version whose rows fit a `u128` (125 modules).
pub(super) const WIDE_MAX: i16 = 27;

const LEVELS: usize = 4;

static NARROW: [[OnceLock<Layout<u64>>; LEVELS]; 11] =
    [const { [const { OnceLock::new() }; LEVELS] }; 11];

static WIDE: [[OnceLock<Layout<u128>>; LEVELS]; 16] =
    [const { [const { OnceLock::new() }; LEVELS] }; 16];

/// A version at a level.
#[derive(Debug)]
pub(super) struct Layout<L> {
    pub width: usize,
    /// For each data codeword in the symbol, its place in the message.
    data_order: Vec<usize>,
    /// The stretches of the message that are corrected by themselves.
    blocks: Vec<Range<usize>>,
    correction: Correction,
    /// For each bit of the codewords its column and row.
    places: Vec<[(u8, u8); 8]>,
    /// The symbol of no data, under each mask.
    shells: Vec<Lines<L>>,
}

/// The layout of a version whose rows fit a `u64`.
pub(super) fn narrow(version: i16, level: EcLevel) -> Result<&'static Layout<u64>, QrError> {
    kept(&NARROW, version - 1, version, level)
}

/// The layout of a version whose rows fit a `u128` but no `u64`.
pub(super) fn wide(version: i16, level: EcLevel) -> Result<&'static Layout<u128>, QrError> {
    kept(&WIDE, version - NARROW_MAX - 1, version, level)
}

fn kept<L: Line>(
    layouts: &'static [[OnceLock<Layout<L>>; LEVELS]],
    index: i16,
    version: i16,
    level: EcLevel,
) -> Result<&'static Layout<L>, QrError> {
    let levels = usize::try_from(index).ok().and_then(|at| layouts.get(at));
    let place = levels
        .and_then(|levels| levels.get(level as usize))
        .ok_or(QrError::InvalidVersion)?;
    if let Some(layout) = place.get() {
        return Ok(layout);
    }
    let layout = Layout::ask(Version::Normal(version), level)?;
    Ok(place.get_or_init(|| layout))
}

impl<L: Line> Layout<L> {
    fn ask(version: Version, level: EcLevel) -> Result<Self, QrError> {
        let width = usize::try_from(version.width()).map_err(|_| QrError::InvalidVersion)?;
        let bits = qrcode::bits::Bits::new(version).max_len(level)?;
        let data_order = data_order(bits / 8, version, level)?;
        let (_, correction) = construct_codewords(&vec![0; bits / 8], version, level)?;
        let blocks = blocks(&data_order);
        let codewords = data_order.len() + correction.len();
        Ok(Self {
            width,
            correction: Correction::ask(correction.len() / blocks.len().max(1)),
            blocks,
            places: places(codewords, version, level),
            shells: MASKS
                .into_iter()
                .map(|mask| {
                    let mut canvas = Canvas::new(version, level);
                    canvas.draw_all_functional_patterns();
                    canvas.apply_mask(mask);
                    lines_of(&canvas, width)
                })
                .collect(),
            data_order,
        })
    }

    /// The rows of the symbol for a message of exactly the bytes that this layout holds, under the best
    /// mask.
    pub fn draw(&self, message: &[u8]) -> Vec<L> {
        let data = self.place(&self.codewords(message));
        let mut best = u64::MAX;
        let mut chosen = None;
        for shell in &self.shells {
            if let Some(penalty) = mask::below(best, &data, shell) {
                best = penalty;
                chosen = Some(shell);
            }
        }
        chosen.map_or_else(Vec::new, |shell| mask::over(&data.rows, &shell.rows))
    }

    /// Data and error correction, interleaved.
    fn codewords(&self, message: &[u8]) -> Vec<u8> {
        let mut codewords = Vec::with_capacity(self.places.len());
        let data = self.data_order.iter();
        codewords.extend(data.map(|at| message.get(*at).copied().unwrap_or_default()));
        let corrections: Vec<[u8; 32]> = self
            .blocks
            .iter()
            .map(|block| {
                self.correction
                    .of(message.get(block.clone()).unwrap_or_default())
            })
            .collect();
        for at in 0..self.correction.length {
            let column = corrections
                .iter()
                .filter_map(|correction| correction.get(at));
            codewords.extend(column);
        }
        codewords
    }

    fn place(&self, codewords: &[u8]) -> Lines<L> {
        let mut columns = vec![L::default(); self.width];
        for (codeword, places) in codewords.iter().zip(&self.places) {
            for (index, (x, y)) in places.iter().enumerate() {
                let bit = L::from((codeword >> (7 - index)) & 1);
                if let Some(column) = columns.get_mut(usize::from(*x)) {
                    *column = *column | (bit << usize::from(*y));
                }
            }
        }
        Lines {
            rows: transposed(&columns),
            columns,
        }
    }
}

/// Rows from columns: in a square of words, corners of half, a quarter, … of its size change places.
fn transposed<L: Line>(lines: &[L]) -> Vec<L> {
    let mut square = lines.to_vec();
    square.resize(L::WIDTH_MAX, L::default());
    let mut size = L::WIDTH_MAX / 2;
    let mut left = L::low(size);
    while size > 0 {
        for block in square.chunks_exact_mut(2 * size) {
            let (upper, lower) = block.split_at_mut(size);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let differ = ((*upper >> size) ^ *lower) & left;
                *upper = *upper ^ (differ << size);
                *lower = *lower ^ differ;
            }
        }
        size /= 2;
        left = left ^ (left << size);
    }
    square.truncate(lines.len());
    square
}

fn lines_of<L: Line>(canvas: &Canvas, width: usize) -> Lines<L> {
    let mut lines = Lines {
        rows: vec![L::default(); width],
        columns: vec![L::default(); width],
    };
    let colours = canvas.clone().into_colors();
    for (y, line) in colours.chunks_exact(width).enumerate() {
        let dark = |(_, colour): &(usize, &Color)| **colour == Color::Dark;
        for (x, _) in line.iter().enumerate().filter(dark) {
            if let (Some(row), Some(column)) = (lines.rows.get_mut(y), lines.columns.get_mut(x)) {
                *row = *row | (L::from(1) << x);
                *column = *column | (L::from(1) << y);
            }
        }
    }
    lines
}

/// Where the library puts each byte of a message: it interleaves one that counts, low byte and high
/// byte apart.
fn data_order(bytes: usize, version: Version, level: EcLevel) -> Result<Vec<usize>, QrError> {
    let half = |shift: usize| -> Result<Vec<u8>, QrError> {
        let counting = (0..bytes).map(|at| (at >> shift).to_le_bytes());
        let message: Vec<u8> = counting.map(|[low, ..]| low).collect();
        Ok(construct_codewords(&message, version, level)?.0)
    };
    let (low, high) = (half(0)?, half(8)?);
    let pairs = low.into_iter().zip(high);
    Ok(pairs
        .map(|(low, high)| usize::from(low) | usize::from(high) << 8)
        .collect())
}

/// The blocks of a message: the first codewords of the symbol are the first bytes of each.
fn blocks(data_order: &[usize]) -> Vec<Range<usize>> {
    let count = data_order
        .iter()
        .position(|at| *at == 1)
        .unwrap_or(data_order.len());
    let starts: Vec<usize> = data_order.iter().take(count).copied().collect();
    let ends = starts.iter().skip(1).copied().chain([data_order.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| *start..end)
        .collect()
}

/// Where the library puts each bit: it draws, for each digit of a bit's number, the bits that have it.
fn places(codewords: usize, version: Version, level: EcLevel) -> Vec<[(u8, u8); 8]> {
    let digits = usize::BITS - (codewords * 8).leading_zeros();
    let drawn: Vec<Canvas> = (0..digits)
        .map(|digit| {
            let has = |at: usize| u8::from(at >> digit & 1 == 1);
            let message: Vec<u8> = (0..codewords)
                .map(|byte| (0..8).fold(0, |bits, bit| bits << 1 | has(byte * 8 + bit)))
                .collect();
            let mut canvas = Canvas::new(version, level);
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&message, &[]);
            canvas
        })
        .collect();
    let mut places = vec![[(0, 0); 8]; codewords];
    for y in 0..version.width() {
        for x in 0..version.width() {
            let bits = drawn
                .iter()
                .enumerate()
                .map(|(digit, canvas)| match canvas.get(x, y) {
                    Module::Unmasked(colour) => Some(usize::from(colour == Color::Dark) << digit),
                    // A function pattern, or a module left over after the last codeword.
                    Module::Masked(_) | Module::Empty => None,
                });
            let number: Option<usize> = bits.sum();
            if let (Some(number), Ok(x), Ok(y)) = (number, u8::try_from(x), u8::try_from(y))
                && let Some(place) = places
                    .get_mut(number / 8)
                    .and_then(|p| p.get_mut(number % 8))
            {
                *place = (x, y);
            }
        }
    }
    places
}

/// Reed–Solomon by table: the remainder after each value of a leading byte, left aligned.
#[derive(Debug)]
struct Correction {
    length: usize,
    after: Box<[[u128; 2]; 256]>,
}

impl Correction {
    fn ask(length: usize) -> Self {
        let mut after = Box::new([[0; 2]; 256]);
        for (value, entry) in (0..=255).zip(after.iter_mut()) {
            let mut bytes = [0; 32];
            for (to, from) in bytes
                .iter_mut()
                .zip(create_error_correction_code(&[value], length))
            {
                *to = from;
            }
            *entry = halves(bytes);
        }
        Self { length, after }
    }

    /// The correction of a block; the first [`Correction::length`] bytes count.
    fn of(&self, block: &[u8]) -> [u8; 32] {
        let [mut high, mut low] = [0_u128; 2];
        for byte in block {
            let [leading, ..] = high.to_be_bytes();
            let [more_high, more_low] = self.after[usize::from(leading ^ byte)];
            high = (high << 8 | low >> 120) ^ more_high;
            low = (low << 8) ^ more_low;
        }
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(&high.to_be_bytes());
        second.copy_from_slice(&low.to_be_bytes());
        bytes
    }
}

fn halves(bytes: [u8; 32]) -> [u128; 2] {
    let half = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u128::from(*byte))
    };
    let (high, low) = bytes.split_at(16);
    [half(high), half(low)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare<L: Line + PartialEq>(layout: &Layout<L>, number: i16, level: EcLevel) {
        let version = Version::Normal(number);
        let bytes = qrcode::bits::Bits::new(version).max_len(level).unwrap() / 8;
        let message: Vec<u8> = (0..bytes)
            .map(|at| u8::try_from((at * 31 + at / 7) % 251).unwrap())
            .collect();
        let (data, correction) = construct_codewords(&message, version, level).unwrap();
        let codewords = layout.codewords(&message);
        assert_eq!(
            codewords,
            [data.as_slice(), &correction].concat(),
            "{number} {level:?}"
        );
        let placed = layout.place(&codewords);
        for (mask, shell) in MASKS.into_iter().zip(&layout.shells) {
            let mut canvas = Canvas::new(version, level);
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&data, &correction);
            canvas.apply_mask(mask);
            let theirs = lines_of::<L>(&canvas, layout.width);
            let rows = mask::over(&placed.rows, &shell.rows);
            let columns = mask::over(&placed.columns, &shell.columns);
            assert_eq!(rows, theirs.rows, "{number} {level:?} {mask:?}");
            assert_eq!(columns, theirs.columns, "{number} {level:?} {mask:?}");
        }
    }

    #[test]
    fn every_version_level_and_mask_is_the_symbol_that_the_library_draws() {
        for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
            for number in 1..=NARROW_MAX {
                compare(narrow(number, level).unwrap(), number, level);
            }
            for number in NARROW_MAX + 1..=WIDE_MAX {
                compare(wide(number, level).unwrap(), number, level);
            }
        }
    }

    #[test]
    fn there_is_no_layout_beyond_the_versions_that_fit() {
        assert!(narrow(0, EcLevel::M).is_err() && narrow(NARROW_MAX + 1, EcLevel::M).is_err());
        assert!(wide(NARROW_MAX, EcLevel::M).is_err() && wide(WIDE_MAX + 1, EcLevel::M).is_err());
    }
}
