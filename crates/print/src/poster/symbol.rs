//! The symbol of a poster: as large as there is room, with the operator's logo in its middle or without,
//! and read back before it is given out when something covers it.

use crate::drawing::{Colour, Drawing, Mark, module_size};
use crate::geometry::{Area, Length};
use crate::poster::PosterError;
use crate::raster::Raster;
use crate::{Logo, readable};
use std::sync::Arc;
use vietqr::Payload;
use vietqr::render::{ErrorCorrection, QUIET_ZONE, Symbol};

/// The smallest module that phones read from paper in the hand.
///
/// ### Rationale
/// Common practice; half a millimetre is what receipt printers make.
pub const MODULE_MIN: Length = Length::micrometres(400);

/// The share of the symbol's width that a logo takes, in hundredths.
const LOGO_SHARE: usize = 20;

/// A symbol, and what stands in its middle.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    symbol: Arc<Symbol>,
    logo: Option<Logo>,
}

impl Code {
    /// Level Q for paper that gets scratched; level H below a logo, which must then be read back.
    pub fn new(payload: &Payload, logo: Option<Logo>) -> Result<Self, PosterError> {
        let level = match logo {
            Some(_) => ErrorCorrection::High,
            None => ErrorCorrection::Quartile,
        };
        let code = Self {
            symbol: Arc::new(Symbol::new(payload, level)?),
            logo,
        };
        code.check(payload)?;
        Ok(code)
    }

    /// Modules on each side, quiet zone included.
    pub fn modules(&self) -> usize {
        self.symbol.width_with_quiet_zone()
    }

    /// The symbol in the middle of a square, in modules of whole micrometres.
    pub fn marks(&self, room: Area) -> Result<Vec<Mark>, PosterError> {
        let module = module_size(room.width.min(room.height), self.modules());
        if module < MODULE_MIN {
            return Err(PosterError::ModuleTooSmall { module });
        }
        Ok(self.drawn(room, module))
    }

    fn drawn(&self, room: Area, module: Length) -> Vec<Mark> {
        let side = module.times(self.modules());
        let area = Area::new(
            room.left + (room.width - side).half(),
            room.top + (room.height - side).half(),
            side,
            side,
        );
        let mut marks = vec![Mark::Symbol {
            area,
            symbol: Arc::clone(&self.symbol),
        }];
        if let Some(logo) = &self.logo {
            let (first, count) = covered(self.symbol.width());
            let pad = Area::new(
                area.left + module.times(QUIET_ZONE + first),
                area.top + module.times(QUIET_ZONE + first),
                module.times(count),
                module.times(count),
            );
            marks.push(Mark::Panel {
                area: pad,
                corner: Length::ZERO,
                fill: Some(Colour::WHITE),
                edge: None,
            });
            marks.push(Mark::Logo {
                area: pad.inset(module).fitted(logo.width(), logo.height()),
                logo: logo.clone(),
            });
        }
        marks
    }

    /// Shows a covered symbol to a reader twice: as it is drawn, and with every covered module wrong,
    /// which is worse than any picture.
    fn check(&self, payload: &Payload) -> Result<(), PosterError> {
        if self.logo.is_none() {
            return Ok(());
        }
        let expected = [Some(payload.as_str().to_owned())];
        // Eight pixels per module: fine enough to show a code that hides in the logo.
        let module = Length::micrometres(400);
        let side = module.times(self.modules());
        let mut drawing = Drawing::new(side, side, "");
        drawing.marks = self.drawn(drawing.page(), module);
        let raster = Raster::of(&drawing, Length::micrometres(50))
            .map_err(|_| PosterError::LogoHidesCode)?;
        let width = usize::try_from(raster.width()).unwrap_or_default();
        let (pixels, _) = raster.rgb().as_chunks::<3>();
        let as_drawn = readable::read(width, width, |x, y| {
            let [red, green, blue] = pixels.get(y * width + x).copied().unwrap_or([0xFF; 3]);
            // The plain mean is as good as any for black on white.
            let sum = u16::from(red) + u16::from(green) + u16::from(blue);
            u8::try_from(sum / 3).unwrap_or(0xFF)
        });
        let (first, count) = covered(self.symbol.width());
        let hidden = QUIET_ZONE + first..QUIET_ZONE + first + count;
        let worst = readable::read(self.modules() * 4, self.modules() * 4, |x, y| {
            let (column, row) = (x / 4, y / 4);
            let is_hidden = hidden.contains(&column) && hidden.contains(&row);
            if self.symbol.is_dark(column, row) != is_hidden {
                0
            } else {
                0xFF
            }
        });
        if as_drawn == expected && worst == expected {
            Ok(())
        } else {
            Err(PosterError::LogoHidesCode)
        }
    }
}

/// The first module and the number of modules that a logo with its white edge covers, of a symbol so
/// many modules wide without its quiet zone. Widths are odd, so the middle is a module.
fn covered(width: usize) -> (usize, usize) {
    let logo = (width * LOGO_SHARE / 100).saturating_sub(1) | 1;
    let count = logo + 2;
    ((width - count) / 2, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_stays_within_a_fifth_and_in_the_middle() {
        // Version 1 holds nine bytes at level H; no payload is that short.
        for version in 2..=40 {
            let width = 17 + 4 * version;
            let (first, count) = covered(width);
            assert_eq!(2 * first + count, width);
            assert!((count - 2) * 5 <= width, "{width}: {count}");
            // Clear of the three finder patterns with their separators, and of the timing lines.
            assert!(first > 8, "{width}: {first}");
        }
    }
}
