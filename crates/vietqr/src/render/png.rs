//! One bit per pixel, whole pixels per module, no smoothing.
//!
//! The file is written straight from the modules. A row of modules is the same row of pixels several
//! times, so in the compressed stream (RFC 1951) it stands once, followed by "the same again"; a
//! general compressor finds that out anew for every picture, at many times the cost. The checks that
//! close the stream and the file are computed in the same way, row by row of modules.

use super::deflate::{Adler32, Bits, Code, RowSums, Stream};
use super::symbol::{self, QUIET_ZONE, Row};
use super::{ErrorCorrection, RenderError, Symbol, check_module_pixels};
use crate::Payload;
use ::crc::{CRC_32_ISO_HDLC, Crc, Table};

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
    file.extend_from_slice(b"\x89PNG\r\n\x1A\n");
    chunk(&mut file, *b"IHDR", |file| {
        file.extend_from_slice(&pixels.to_be_bytes());
        file.extend_from_slice(&pixels.to_be_bytes());
        // One bit, grey; the only methods of compression and filtering; not interlaced.
        file.extend_from_slice(&[1, 0, 0, 0, 0]);
    });
    chunk(&mut file, *b"IDAT", |file| compress(&symbol, scale, file));
    chunk(&mut file, *b"IEND", |_| {});
    Ok(file)
}

static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Length, name, content, check.
fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let start = file.len();
    file.extend_from_slice(&[0; 4]);
    file.extend_from_slice(&name);
    content(file);
    // The largest picture has not even 1 MB.
    let length = u32::try_from(file.len() - start - 8).unwrap_or(u32::MAX);
    if let Some(place) = file.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
    let check = CRC.checksum(file.get(start + 4..).unwrap_or_default());
    file.extend_from_slice(&check.to_be_bytes());
}

/// The rows of pixels as a zlib stream (RFC 1950).
fn compress(symbol: &Symbol, scale: usize, file: &mut Vec<u8>) {
    // Deflate with a window of 32 KiB, the usual effort.
    file.extend_from_slice(&[0x78, 0x9C]);
    let rows = Rows::new(symbol.width_with_quiet_zone(), scale);
    let mut stream = Stream::new(file);
    let mut check = Adler32::new();

    stream.put_all(&rows.code.opening);
    let margin = Row::default();
    let margin_pixels = QUIET_ZONE * scale;
    let more_margin = rows.code.again((margin_pixels - 1) * rows.stride);
    check.add(rows.write(&margin, &mut stream), rows.stride, margin_pixels);
    stream.put_all(&more_margin);
    let more = rows.code.again((scale - 1) * rows.stride);
    for row in symbol.rows() {
        check.add(rows.write(row, &mut stream), rows.stride, scale);
        stream.put_all(&more);
    }
    check.add(rows.write(&margin, &mut stream), rows.stride, margin_pixels);
    stream.put_all(&more_margin);

    stream.put(rows.code.end());
    stream.finish();
    file.extend_from_slice(&check.finish());
}

/// How a row of modules becomes a row of pixels.
struct Rows {
    modules: usize,
    /// Bytes of a row, the filter in front included.
    stride: usize,
    code: Code,
    pixels: Pixels,
}

enum Pixels {
    /// A module is this many whole bytes. Then four modules at a time come out of a table, and those
    /// left over at the end out of another.
    WholeBytes {
        bytes: usize,
        fours: Box<[Some4; 16]>,
        rest: Vec<Some4>,
    },
    /// Modules of this many pixels share bytes.
    Packed { scale: usize },
}

/// What up to four modules come to.
#[derive(Debug, Clone, Copy, Default)]
struct Some4 {
    bits: Bits,
    /// How many are light.
    light: u64,
    /// Their numbers, 0 to 3, added up.
    places: u64,
}

impl Some4 {
    /// `dark` has a bit for each of `count` modules, the first one lowest.
    fn new(dark: u8, count: u8, bytes: usize, code: &Code) -> Self {
        let mut some = Self::default();
        for at in 0..count {
            let is_dark = dark >> at & 1 == 1;
            let byte = code.byte(if is_dark { 0x00 } else { 0xFF });
            for _ in 0..bytes {
                some.bits = some.bits.then(byte);
            }
            if !is_dark {
                some.light += 1;
                some.places += u64::from(at);
            }
        }
        some
    }
}

impl Rows {
    fn new(modules: usize, scale: usize) -> Self {
        let stride = 1 + (modules * scale).div_ceil(8);
        if !scale.is_multiple_of(8) {
            return Self {
                modules,
                stride,
                code: Code::fixed(stride),
                pixels: Pixels::Packed { scale },
            };
        }
        let code = Code::whole_bytes(stride);
        let bytes = scale / 8;
        let some = |dark: u8, count| Some4::new(dark, count, bytes, &code);
        let mut fours = Box::new([Some4::default(); 16]);
        for (dark, four) in (0..).zip(fours.iter_mut()) {
            *four = some(dark, 4);
        }
        // The width of every symbol leaves one.
        let [left, ..] = (modules % 4).to_le_bytes();
        let rest = (0..1 << left).map(|dark| some(dark, left)).collect();
        let pixels = Pixels::WholeBytes { bytes, fours, rest };
        Self {
            modules,
            stride,
            code,
            pixels,
        }
    }

    /// Writes one row of pixels, and says what it means to the check.
    fn write(&self, row: &Row, stream: &mut Stream<'_>) -> RowSums {
        // The filter: none.
        stream.put(self.code.byte(0));
        match &self.pixels {
            Pixels::WholeBytes { bytes, fours, rest } => {
                let (mut light, mut places) = (0, 0);
                let whole = self.modules - self.modules % 4;
                let mut write = |some: &Some4, at: usize| {
                    stream.put(some.bits);
                    light += some.light;
                    places += some.places + at as u64 * some.light;
                };
                let four_at = |at: usize| {
                    let word = row.get(at / 64).copied().unwrap_or_default();
                    let [dark, ..] = (word >> (at % 64) & 0xF).to_le_bytes();
                    usize::from(dark & 0xF)
                };
                for at in (0..whole).step_by(4) {
                    write(&fours[four_at(at)], at);
                }
                if let Some(some) = rest.get(four_at(whole)) {
                    write(some, whole);
                }
                self.sums(*bytes as u64, light, places)
            }
            Pixels::Packed { scale } => {
                let mut sums = RowSums::default();
                let bytes = self.packed(row, *scale);
                for (byte, distance) in bytes.into_iter().zip((1..self.stride).rev()) {
                    stream.put(self.code.byte(byte));
                    sums.plain += u64::from(byte);
                    sums.weighted += u64::from(byte) * distance as u64;
                }
                sums
            }
        }
    }

    /// Each light module is `bytes` times 0xFF, from the byte `1 + module * bytes` on.
    const fn sums(&self, bytes: u64, light: u64, places: u64) -> RowSums {
        let last = self.stride as u64 - 1;
        let inside = bytes * (bytes - 1) / 2;
        RowSums {
            plain: 0xFF * light * bytes,
            weighted: 0xFF * (light * (bytes * last - inside) - places * bytes * bytes),
        }
    }

    /// The pixels of a row, eight to a byte, the leftmost in the highest bit; 1 is white.
    fn packed(&self, row: &Row, scale: usize) -> Vec<u8> {
        let mut line = vec![0xFF_u8; self.stride - 1];
        for (start, length) in symbol::runs(*row) {
            for pixel in start * scale..(start + length) * scale {
                if let Some(byte) = line.get_mut(pixel / 8) {
                    *byte &= !(0x80 >> (pixel % 8));
                }
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::super::MODULE_PIXELS_MAX;
    use super::*;

    /// The same picture pixel by pixel, read back by an independent reader.
    #[test]
    fn every_size_of_every_kind_of_symbol_decompresses_to_its_pixels() {
        for (characters, scales) in [
            (1, 1..=MODULE_PIXELS_MAX),
            (128, 1..=20),
            (250, 7..=9),
            (700, 1..=3),
            (1500, 8..=8),
            (2331, 1..=8),
            (2331, MODULE_PIXELS_MAX..=MODULE_PIXELS_MAX),
        ] {
            let text: String = (0..characters)
                .map(|at| char::from(b' ' + u8::try_from(at * 7 % 90).unwrap()))
                .collect();
            let payload = Payload::checked(text);
            let symbol = Symbol::new(&payload, ErrorCorrection::Medium).unwrap();
            for module_pixels in scales {
                let options = PngOptions {
                    module_pixels,
                    ..PngOptions::default()
                };
                let file = png(&payload, &options).unwrap();
                let mut reader = ::png::Decoder::new(std::io::Cursor::new(&file))
                    .read_info()
                    .unwrap();
                let mut image = vec![0; reader.output_buffer_size().unwrap()];
                let info = reader.next_frame(&mut image).unwrap();
                // The decoder must see the end of the stream and its check too.
                reader.finish().unwrap();
                let scale = usize::try_from(module_pixels).unwrap();
                let width = symbol.width_with_quiet_zone() * scale;
                assert_eq!(info.line_size, width.div_ceil(8));
                for (y, line) in image.chunks_exact(info.line_size).enumerate() {
                    for x in 0..width {
                        let white = line[x / 8] & (0x80 >> (x % 8)) != 0;
                        assert_eq!(
                            white,
                            !symbol.is_dark(x / scale, y / scale),
                            "{characters}: {x}, {y}"
                        );
                    }
                }
            }
        }
    }
}
