//! The modules of a payload.

use super::{RenderError, mask};
use crate::Payload;
use qrcode::bits::Bits;
use qrcode::canvas::Canvas;
use qrcode::ec::construct_codewords;
use qrcode::types::QrError;
use qrcode::{EcLevel, Version};

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
    dark: Vec<bool>,
}

/// Extended channel interpretation of UTF-8 (AIM ECI 000026).
const ECI_UTF8: u32 = 26;

impl Symbol {
    /// The smallest symbol that holds the payload at this level of error correction.
    ///
    /// # Errors
    /// [`RenderError::TooLong`] beyond the largest symbol.
    pub fn new(payload: &Payload, level: ErrorCorrection) -> Result<Self, RenderError> {
        let text = payload.as_str();
        for number in 1..=40 {
            match encode(text, Version::Normal(number), level.level()) {
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
        let inside = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < self.width);
        match (inside(column), inside(row)) {
            (Some(column), Some(row)) => self
                .dark
                .get(row * self.width + column)
                .copied()
                .unwrap_or_default(),
            _ => false,
        }
    }

    /// Each stretch of dark modules in a row, as first column and length.
    pub(super) fn runs(&self, row: usize) -> impl Iterator<Item = (usize, usize)> {
        let mut column = 0;
        std::iter::from_fn(move || {
            let width = self.width_with_quiet_zone();
            let start = (column..width).find(|at| self.is_dark(*at, row))?;
            let end = (start..width)
                .find(|at| !self.is_dark(*at, row))
                .unwrap_or(width);
            column = end;
            Some((start, end - start))
        })
    }
}

/// Byte mode for the whole payload (EMVCo MPM 4.1.1): an encoder that mixes modes saves a few modules
/// and meets scanners that read the mix wrong.
fn encode(text: &str, version: Version, level: EcLevel) -> Result<Symbol, QrError> {
    let bits = data_bits(text, version, level)?;
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, level)?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let width = usize::try_from(version.width()).map_err(|_| QrError::InvalidVersion)?;
    Ok(Symbol {
        width,
        dark: mask::apply_best(&canvas, width),
    })
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

    #[test]
    fn the_mask_is_the_one_that_counting_module_by_module_chooses() {
        for length in (1..700).step_by(23) {
            let text: String = (0..length)
                .map(|at| char::from(b' ' + u8::try_from(at * 7 % 90).unwrap()))
                .collect();
            let payload = Payload::checked(text);
            let symbol = Symbol::new(&payload, ErrorCorrection::Medium).unwrap();
            let version = i16::try_from((symbol.width - 17) / 4).unwrap();
            let bits = data_bits(payload.as_str(), Version::Normal(version), EcLevel::M).unwrap();
            let slow = qrcode::QrCode::with_bits(bits, EcLevel::M).unwrap();
            let dark = |colour: qrcode::Color| colour == qrcode::Color::Dark;
            let slow: Vec<bool> = slow.into_colors().into_iter().map(dark).collect();
            assert!(symbol.dark == slow, "{length} characters");
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
