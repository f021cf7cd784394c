//! One bit per pixel, whole pixels per module, no smoothing.

use super::{ErrorCorrection, RenderError, Symbol, check_module_pixels};
use crate::Payload;

/// How to draw a PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PngOptions {
    /// The width of a module in pixels, 1 to [`super::MODULE_PIXELS_MAX`]. Whole pixels only: a scaled
    /// symbol has blurred edges.
    pub module_pixels: u32,
    /// The level of error correction.
    pub error_correction: ErrorCorrection,
}

impl Default for PngOptions {
    /// Eight pixels per module, level M: a transfer code becomes about 450 pixels wide.
    fn default() -> Self {
        Self {
            module_pixels: 8,
            error_correction: ErrorCorrection::Medium,
        }
    }
}

/// Draws a payload as a PNG of one bit per pixel, black on white, quiet zone included.
///
/// ```
/// # use vietqr::{Payload, render};
/// let payload = Payload::parse("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F").unwrap();
/// let png = render::png(&payload, &render::PngOptions::default())?;
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), render::RenderError>(())
/// ```
///
/// # Errors
/// [`RenderError`] when the payload does not fit a symbol, or for a module of no or too many pixels.
pub fn png(payload: &Payload, options: &PngOptions) -> Result<Vec<u8>, RenderError> {
    check_module_pixels(options.module_pixels)?;
    let asked = options.module_pixels;
    let scale = usize::try_from(asked).map_err(|_| RenderError::ModulePixels { asked })?;
    let symbol = Symbol::new(payload, options.error_correction)?;
    let width = symbol.width_with_quiet_zone() * scale;
    let pixels = u32::try_from(width).map_err(|_| RenderError::ModulePixels { asked })?;

    let mut file = Vec::with_capacity(4096);
    let mut encoder = png::Encoder::new(&mut file, pixels, pixels);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    // Most rows repeat the one above, which this filter turns into zeros.
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&raster(&symbol, scale))?;
    writer.finish()?;
    Ok(file)
}

/// Rows of packed bits, the leftmost pixel in the highest bit; 1 is white.
fn raster(symbol: &Symbol, scale: usize) -> Vec<u8> {
    let modules = symbol.width_with_quiet_zone();
    let row_bytes = (modules * scale).div_ceil(8);
    let mut image = Vec::with_capacity(row_bytes * modules * scale);
    for row in 0..modules {
        let mut line = vec![0xFF_u8; row_bytes];
        for (start, length) in symbol.runs(row) {
            for pixel in start * scale..(start + length) * scale {
                if let Some(byte) = line.get_mut(pixel / 8) {
                    *byte &= !(0x80 >> (pixel % 8));
                }
            }
        }
        for _ in 0..scale {
            image.extend_from_slice(&line);
        }
    }
    image
}
