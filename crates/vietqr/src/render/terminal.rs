//! Two rows of modules per line of text, drawn with half blocks.

use super::{ErrorCorrection, RenderError, Symbol};
use crate::Payload;

/// What the terminal looks like. A symbol must be dark on light, so this matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TerminalColours {
    /// Sets black and white itself, by escape sequences: right on every terminal that has colours.
    #[default]
    Ansi,
    /// Plain text for light letters on a dark background.
    LightOnDark,
    /// Plain text for dark letters on a light background, or for a printer.
    DarkOnLight,
}

/// How to draw on a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TerminalOptions {
    /// What the terminal looks like.
    pub colours: TerminalColours,
    /// The level of error correction.
    pub error_correction: ErrorCorrection,
}

/// Draws a payload as lines of half blocks, quiet zone included.
///
/// ```
/// # use vietqr::{Payload, render};
/// let payload = Payload::parse("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F").unwrap();
/// let lines = render::terminal(&payload, &render::TerminalOptions::default())?;
/// assert_eq!(lines.lines().count(), 25, "41 modules, 8 of quiet zone, two per line");
/// # Ok::<(), render::RenderError>(())
/// ```
///
/// # Errors
/// [`RenderError`] when the payload does not fit a symbol.
pub fn terminal(payload: &Payload, options: &TerminalOptions) -> Result<String, RenderError> {
    let symbol = Symbol::new(payload, options.error_correction)?;
    let modules = symbol.width_with_quiet_zone();
    // The letters draw what is inked: the light modules on a dark screen, else the dark ones.
    let inked = |column: usize, row: usize| match options.colours {
        TerminalColours::LightOnDark => row < modules && !symbol.is_dark(column, row),
        TerminalColours::Ansi | TerminalColours::DarkOnLight => symbol.is_dark(column, row),
    };
    let mut out = String::with_capacity(modules * modules * 2);
    for row in (0..modules).step_by(2) {
        if options.colours == TerminalColours::Ansi {
            out.push_str("\u{1B}[30;107m");
        }
        for column in 0..modules {
            out.push(match (inked(column, row), inked(column, row + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        if options.colours == TerminalColours::Ansi {
            out.push_str("\u{1B}[0m");
        }
        out.push('\n');
    }
    Ok(out)
}
