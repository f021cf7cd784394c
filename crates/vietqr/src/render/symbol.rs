//! The modules of a payload.

use super::{RenderError, layout};
use crate::Payload;
use qrcode::bits::Bits;
use qrcode::types::{Color, QrError};
use qrcode::{EcLevel, QrCode, Version};

/// Light modules around the symbol on every side (ISO/IEC 18004 5.3.8).
pub const QUIET_ZONE: usize = 4;

/// How much of the symbol may be damaged or covered and still be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ErrorCorrection {
    /// Level M, about 15 %.
    #[default]
    Medium,
    /// Level Q, about 25 %: for stickers and counters that get scratched.
    Quartile,
    /// Level H, about 30 %: when something will cover the centre.
    High,
}

impl ErrorCorrection {
    const fn level(self) -> EcLevel {
        match self {
            Self::Medium => EcLevel::M,
            Self::Quartile => EcLevel::Q,
            Self::High => EcLevel::H,
        }
    }
}

/// A computed symbol: a square of modules, for drawing in a way of one's own.
///
/// ```
/// # use vietqr::{Payload, render};
/// let payload = Payload::parse("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F").unwrap();
/// let symbol = render::Symbol::new(&payload, render::ErrorCorrection::Medium)?;
/// // Modules of half a millimetre make a symbol of this width in print, quiet zone included.
/// assert_eq!(symbol.width_with_quiet_zone() * 500, 24_500, "micrometres");
/// # Ok::<(), render::RenderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    width: usize,
    rows: Vec<Row>,
}

/// The modules of one row, dark ones as 1, the first of the quiet zone in the lowest bit of the first
/// word. The largest symbol has 185 with its quiet zone.
pub(super) type Row = [u64; 3];

const WORD: usize = 64;

/// Extended channel interpretation of UTF-8 (AIM ECI 000026).
const ECI_UTF8: u32 = 26;

impl Symbol {
    /// The smallest symbol that holds the payload at this level of error correction.
    ///
    /// # Errors
    /// [`RenderError::TooLong`] beyond the largest symbol.
    pub fn new(payload: &Payload, level: ErrorCorrection) -> Result<Self, RenderError> {
        Self::of_text(payload.as_str(), level)
    }

    /// The same for a text that is no payload, such as the proof on a receipt.
    ///
    /// # Errors
    /// [`RenderError::TooLong`] beyond the largest symbol.
    pub fn of_text(text: &str, level: ErrorCorrection) -> Result<Self, RenderError> {
        for number in 1..=40 {
            match encode(text, number, level.level()) {
                Ok(symbol) => return Ok(symbol),
                Err(QrError::DataTooLong) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RenderError::TooLong {
            bytes: text.len(),
            level,
        })
    }

    /// Modules on each side, without the quiet zone.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Modules on each side, with the quiet zone.
    #[must_use]
    pub const fn width_with_quiet_zone(&self) -> usize {
        self.width + 2 * QUIET_ZONE
    }

    /// Whether the module is dark; columns and rows count from the upper left corner of the quiet
    /// zone, and everything outside the symbol is light.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let line = row
            .checked_sub(QUIET_ZONE)
            .and_then(|row| self.rows.get(row));
        let word = line.and_then(|line| line.get(column / WORD));
        word.is_some_and(|word| (word >> (column % WORD)) & 1 == 1)
    }

    /// The rows between the quiet zones above and below.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Each stretch of dark modules in a row, as first column and length.
    pub(super) fn runs(&self, row: usize) -> impl Iterator<Item = (usize, usize)> {
        let line = row
            .checked_sub(QUIET_ZONE)
            .and_then(|row| self.rows.get(row));
        runs(line.copied().unwrap_or_default())
    }
}

/// Each stretch of dark modules, as first column and length.
pub(super) fn runs(row: Row) -> impl Iterator<Item = (usize, usize)> {
    let mut column = 0;
    std::iter::from_fn(move || {
        let start = next(&row, column, 0)?;
        // Behind the last module is light.
        let end = next(&row, start, u64::MAX)?;
        column = end;
        Some((start, end - start))
    })
}

/// The first module from `column` on that is dark, or with `inverted` all ones, light.
fn next(line: &Row, column: usize, inverted: u64) -> Option<usize> {
    let words = line.iter().enumerate().skip(column / WORD);
    let mut before = column % WORD;
    for (index, word) in words {
        let rest = (word ^ inverted) >> before;
        if rest != 0 {
            return usize::try_from(rest.trailing_zeros())
                .ok()
                .map(|zeros| index * WORD + before + zeros);
        }
        before = 0;
    }
    None
}

/// Byte mode for the whole payload (EMVCo MPM 4.1.1): an encoder that mixes modes saves a few modules
/// and meets scanners that read the mix wrong.
fn encode(text: &str, number: i16, level: EcLevel) -> Result<Symbol, QrError> {
    let version = Version::Normal(number);
    let bits = data_bits(text, version, level)?;
    let width = usize::try_from(version.width()).map_err(|_| QrError::InvalidVersion)?;
    let rows = if number <= layout::NARROW_MAX {
        let rows = layout::narrow(number, level)?.draw(&bits.into_bytes());
        let widened = rows.into_iter().map(u128::from);
        widened.map(with_margin).collect()
    } else if number <= layout::WIDE_MAX {
        let rows = layout::wide(number, level)?.draw(&bits.into_bytes());
        rows.into_iter().map(with_margin).collect()
    } else {
        // No payload that we write needs a symbol of this size: the library draws it at its leisure.
        large(bits, level, width)?
    };
    Ok(Symbol { width, rows })
}

fn large(bits: Bits, level: EcLevel, width: usize) -> Result<Vec<Row>, QrError> {
    let colours = QrCode::with_bits(bits, level)?.into_colors();
    let row = |line: &[Color]| {
        let mut row = [0; 3];
        for (at, _) in line
            .iter()
            .enumerate()
            .filter(|(_, colour)| **colour == Color::Dark)
        {
            let column = at + QUIET_ZONE;
            if let Some(word) = row.get_mut(column / WORD) {
                *word |= 1 << (column % WORD);
            }
        }
        row
    };
    Ok(colours.chunks_exact(width).map(row).collect())
}

/// A row with its quiet zone; words of 32 bits keep the shift inside.
fn with_margin(row: u128) -> Row {
    let [a, b, c, d] = [0, 32, 64, 96].map(|from| {
        let [p, q, r, s, ..] = (row >> from).to_le_bytes();
        u64::from(u32::from_le_bytes([p, q, r, s])) << QUIET_ZONE
    });
    [a ^ (b << 32), (b >> 32) ^ c ^ (d << 32), d >> 32]
}

fn data_bits(text: &str, version: Version, level: EcLevel) -> Result<Bits, QrError> {
    // Only the number of bytes decides whether it fits, so ask before computing.
    let mut bits = Bits::new(version);
    if !text.is_ascii() {
        bits.push_eci_designator(ECI_UTF8)?;
    }
    if bits.max_len(level)? < bits.len() + 8 * text.len() {
        return Err(QrError::DataTooLong);
    }
    bits.push_byte_data(text.as_bytes())?;
    bits.push_terminator(level)?;
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table of the specification: modules for a payload of so many bytes at M, Q and H.
    #[test]
    fn the_smallest_symbol_that_fits_is_chosen() {
        for (bytes, [m, q, h]) in [
            (94, [41, 49, 53]),
            (128, [49, 53, 61]),
            (190, [57, 65, 73]),
            (250, [61, 73, 81]),
            (106, [41, 49, 57]),
            (107, [45, 49, 57]),
        ] {
            let payload = Payload::checked("0".repeat(bytes));
            let width = |level| Symbol::new(&payload, level).unwrap().width();
            assert_eq!(width(ErrorCorrection::Medium), m, "{bytes}");
            assert_eq!(width(ErrorCorrection::Quartile), q, "{bytes}");
            assert_eq!(width(ErrorCorrection::High), h, "{bytes}");
        }
    }

    fn colours(symbol: &Symbol) -> Vec<Color> {
        let inside = QUIET_ZONE..QUIET_ZONE + symbol.width;
        let modules = inside
            .clone()
            .flat_map(|y| inside.clone().map(move |x| (x, y)));
        modules
            .map(|(x, y)| {
                if symbol.is_dark(x, y) {
                    Color::Dark
                } else {
                    Color::Light
                }
            })
            .collect()
    }

    /// The library computes each symbol by itself and counts the penalties module by module.
    #[test]
    fn the_symbol_of_every_version_and_level_is_the_one_the_library_draws() {
        for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
            for number in 1..=40 {
                let version = Version::Normal(number);
                let most = Bits::new(version).max_len(level).unwrap() / 8 - 3;
                // Neither the first nor the last byte decides alone.
                let text: String = (0..most)
                    .map(|at| char::from(b' ' + u8::try_from((at * 7 + at * at / 5) % 90).unwrap()))
                    .collect();
                let symbol = encode(&text, number, level).unwrap();
                let bits = data_bits(&text, version, level).unwrap();
                let theirs = QrCode::with_bits(bits, level).unwrap();
                assert!(
                    colours(&symbol) == theirs.into_colors(),
                    "{number} {level:?}"
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_gives_the_symbol_that_the_library_draws(text in "\\PC{1,400}") {
            let payload = Payload::checked(text);
            let symbol = Symbol::new(&payload, ErrorCorrection::Quartile).unwrap();
            let number = i16::try_from((symbol.width - 17) / 4).unwrap();
            let bits = data_bits(payload.as_str(), Version::Normal(number), EcLevel::Q).unwrap();
            let theirs = QrCode::with_bits(bits, EcLevel::Q).unwrap();
            prop_assert!(colours(&symbol) == theirs.into_colors());
        }
    }

    #[test]
    fn the_character_set_is_announced_only_when_it_matters() {
        let start = |text: &str| {
            let bits = data_bits(text, Version::Normal(5), EcLevel::M).unwrap();
            bits.into_bytes()[0]
        };
        // Byte mode is 0100; extended channel interpretation is 0111, here followed by 26.
        assert_eq!(start("Thanh toan") >> 4, 0b0100);
        assert_eq!(start("Thanh toán"), 0b0111_0001);
        // Digits and capitals alone stay in byte mode too.
        assert_eq!(start("0002010102") >> 4, 0b0100);
    }

    #[test]
    fn a_payload_beyond_the_largest_symbol_is_refused() {
        let payload = Payload::checked("0".repeat(2332));
        assert!(matches!(
            Symbol::new(&payload, ErrorCorrection::Medium),
            Err(RenderError::TooLong { bytes: 2332, .. })
        ));
        assert!(Symbol::new(&Payload::checked("0".repeat(2331)), ErrorCorrection::Medium).is_ok());
    }

    #[test]
    fn the_quiet_zone_is_light_on_every_side() {
        let symbol =
            Symbol::new(&Payload::checked("0".repeat(94)), ErrorCorrection::Medium).unwrap();
        let width = symbol.width_with_quiet_zone();
        for near in 0..QUIET_ZONE {
            for along in 0..width {
                for (column, row) in [
                    (along, near),
                    (near, along),
                    (along, width - 1 - near),
                    (width - 1 - near, along),
                ] {
                    assert!(!symbol.is_dark(column, row));
                }
            }
        }
        assert!(symbol.is_dark(QUIET_ZONE, QUIET_ZONE));
    }
}
