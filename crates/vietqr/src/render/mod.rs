//! Drawing a payload: PNG for screens, SVG for print, blocks for a terminal.
//!
//! Always a QR Code model 2 in byte mode with a quiet zone of four modules inside the picture, dark on
//! light (ISO/IEC 18004, EMVCo MPM 4.1). No logo: the marks of NAPAS and of the banks belong to them.

mod deflate;
mod layout;
mod mask;
mod png;
mod svg;
mod symbol;
mod terminal;

pub use self::png::{PngOptions, png};
pub use svg::{SvgOptions, svg};
pub use symbol::{ErrorCorrection, QUIET_ZONE, Symbol};
pub use terminal::{TerminalColours, TerminalOptions, terminal};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The payload does not fit the largest symbol at this level of error correction. A payload that
    /// this crate writes always fits.
    #[error("a payload of {bytes} bytes does not fit a QR symbol at level {level:?}")]
    TooLong {
        /// Bytes of the payload.
        bytes: usize,
        /// The level asked for. It is never lowered silently.
        level: ErrorCorrection,
    },
    /// The size of a module is outside 1 to [`MODULE_PIXELS_MAX`].
    #[error("a module must be 1 to {MODULE_PIXELS_MAX} pixels wide, not {asked}")]
    ModulePixels {
        /// The size asked for.
        asked: u32,
    },
    /// The symbol could not be computed.
    #[error("the QR symbol could not be computed: {0}")]
    Symbol(#[from] qrcode::types::QrError),
}

/// The largest module of a picture, in pixels.
///
/// ### Rationale
/// Sizes arrive in requests. The largest symbol has 185 modules with its quiet zone; at 40 pixels each
/// the picture is 7,400 pixels wide, enough for a poster, and takes 7 MB while it is written.
pub const MODULE_PIXELS_MAX: u32 = 40;

fn check_module_pixels(asked: u32) -> Result<(), RenderError> {
    if (1..=MODULE_PIXELS_MAX).contains(&asked) {
        Ok(())
    } else {
        Err(RenderError::ModulePixels { asked })
    }
}
