//! One path of horizontal runs: sharp at any size, small, and easy to colour in print software.

use super::{ErrorCorrection, RenderError, Symbol, check_module_pixels};
use crate::Payload;
use std::fmt::Write;

/// How to draw an SVG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvgOptions {
    /// The width of a module in CSS pixels at natural size, 1 to [`super::MODULE_PIXELS_MAX`].
    pub module_pixels: u32,
    /// The level of error correction.
    pub error_correction: ErrorCorrection,
    /// What a screen reader says instead of the picture.
    pub title: Option<String>,
}

impl Default for SvgOptions {
    /// Eight pixels per module, level M, no title.
    fn default() -> Self {
        Self {
            module_pixels: 8,
            error_correction: ErrorCorrection::Medium,
            title: None,
        }
    }
}

/// Draws a payload as a standalone SVG document, black on white, quiet zone included.
///
/// ```
/// # use vietqr::{Payload, render};
/// let payload = Payload::parse("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F").unwrap();
/// let svg = render::svg(&payload, &render::SvgOptions::default())?;
/// assert!(svg.starts_with("<svg ") && svg.matches("<path ").count() == 1);
/// # Ok::<(), render::RenderError>(())
/// ```
///
/// # Errors
/// [`RenderError`] when the payload does not fit a symbol, or for a module of no or too many pixels.
pub fn svg(payload: &Payload, options: &SvgOptions) -> Result<String, RenderError> {
    check_module_pixels(options.module_pixels)?;
    let symbol = Symbol::new(payload, options.error_correction)?;
    let modules = symbol.width_with_quiet_zone();
    let asked = options.module_pixels;
    let scale = usize::try_from(asked).map_err(|_| RenderError::ModulePixels { asked })?;
    let pixels = modules * scale;

    let mut out = String::with_capacity(8192);
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" viewBox="0 0 {modules} {modules}" shape-rendering="crispEdges" role="img">"#
    );
    if let Some(title) = &options.title {
        out.push_str("<title>");
        escape(title, &mut out);
        out.push_str("</title>");
    }
    let _ = write!(
        out,
        r##"<rect width="{modules}" height="{modules}" fill="#fff"/><path fill="#000" d=""##
    );
    for row in 0..modules {
        // Relative moves are shorter; each run is a rectangle of height 1.
        let mut at = None;
        for (start, length) in symbol.runs(row) {
            let _ = match at {
                None => write!(out, "M{start} {row}h{length}v1h-{length}z"),
                // After `z` the pen is back at the start of the previous run.
                Some(previous) => write!(out, "m{} 0h{length}v1h-{length}z", start - previous),
            };
            at = Some(start);
        }
    }
    out.push_str("\"/></svg>");
    Ok(out)
}

/// XML text: markup is escaped, characters that XML forbids are left out.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
}
