//! A picture that the operator gives: a PNG, bounded, decoded here and written anew. Not one byte of the
//! file itself reaches a page.

use crate::readable;
use std::io::Cursor;
use std::sync::Arc;
use vietqr::Language;

/// The largest file, in bytes.
pub const LOGO_BYTES_MAX: usize = 1024 * 1024;

/// The largest width and height, in pixels.
///
/// ### Rationale
/// At 300 dots per inch it prints 85 mm wide. Decoded it is 4 MB, whatever the file says of itself.
pub const LOGO_PIXELS_MAX: u32 = 1_000;

/// Why a picture is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogoError {
    /// The file is too large.
    #[error("the logo has {bytes} bytes, more than {LOGO_BYTES_MAX}")]
    Bytes {
        /// Its size.
        bytes: usize,
    },
    /// It is not a PNG, or a broken one.
    #[error("the logo is not a PNG that can be read")]
    NotPng,
    /// It has too many pixels, or none.
    #[error("the logo has {width}×{height} pixels; 1 to {LOGO_PIXELS_MAX} either way are allowed")]
    Pixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// A code can be read in it: a phone might pay that one.
    #[error("a QR code can be read in the logo, and a payer's phone might read that one")]
    HoldsCode,
}

impl LogoError {
    /// One sentence for a person, in the language asked for.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        if language == Language::English {
            let sentence = self.to_string();
            return format!("The {}.", sentence.trim_start_matches("the "));
        }
        match self {
            Self::Bytes { bytes } => {
                format!("Logo có {bytes} byte, quá giới hạn {LOGO_BYTES_MAX} byte.")
            }
            Self::NotPng => "Logo không phải tệp PNG đọc được.".to_owned(),
            Self::Pixels { width, height } => format!(
                "Logo có {width}×{height} điểm ảnh; mỗi chiều phải từ 1 đến {LOGO_PIXELS_MAX}."
            ),
            Self::HoldsCode => {
                "Trong logo có mã QR; điện thoại của người trả có thể đọc nhầm mã đó.".to_owned()
            }
        }
    }
}

/// A decoded picture. Cheap to clone: many pages share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    width: u32,
    height: u32,
    /// Red, green, blue, alpha (not premultiplied) of each pixel, row by row.
    rgba: Arc<[u8]>,
}

impl Logo {
    /// Reads a PNG.
    ///
    /// # Errors
    /// [`LogoError`]: a file that is no PNG or too large, and a picture in which a QR code can be read.
    pub fn from_png(file: &[u8]) -> Result<Self, LogoError> {
        if file.len() > LOGO_BYTES_MAX {
            return Err(LogoError::Bytes { bytes: file.len() });
        }
        let logo = Self::decode(file)?;
        let light = logo.on_white();
        let width = usize::try_from(logo.width).unwrap_or_default();
        let height = usize::try_from(logo.height).unwrap_or_default();
        if readable::codes(width, height, |x, y| {
            light.get(y * width + x).copied().unwrap_or(0xFF)
        }) {
            return Err(LogoError::HoldsCode);
        }
        Ok(logo)
    }

    fn decode(file: &[u8]) -> Result<Self, LogoError> {
        // Bounds what texts and colour profiles inside the file may take.
        let limits = png::Limits {
            bytes: 16 * LOGO_BYTES_MAX,
        };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
        decoder.set_transformations(
            png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
        );
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let header = decoder.read_header_info().map_err(|_| LogoError::NotPng)?;
        let (width, height) = (header.width, header.height);
        let allowed = 1..=LOGO_PIXELS_MAX;
        if !allowed.contains(&width) || !allowed.contains(&height) {
            return Err(LogoError::Pixels { width, height });
        }
        let mut reader = decoder.read_info().map_err(|_| LogoError::NotPng)?;
        let bytes = reader.output_buffer_size().ok_or(LogoError::NotPng)?;
        let mut pixels = vec![0; bytes];
        let frame = reader
            .next_frame(&mut pixels)
            .map_err(|_| LogoError::NotPng)?;
        let pixels = pixels.get(..frame.buffer_size()).ok_or(LogoError::NotPng)?;
        let rgba: Vec<u8> = match frame.color_type {
            png::ColorType::Rgba => pixels.to_vec(),
            png::ColorType::GrayscaleAlpha => pixels
                .as_chunks::<2>()
                .0
                .iter()
                .flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha])
                .collect(),
            // Alpha was asked for.
            _ => return Err(LogoError::NotPng),
        };
        Ok(Self {
            width,
            height,
            rgba: rgba.into(),
        })
    }

    /// Pixels from left to right.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    pub(crate) fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// How light each pixel is on white paper, 0 black to 255 white.
    fn on_white(&self) -> Vec<u8> {
        let pixels = self.rgba.as_chunks::<4>().0.iter();
        pixels
            .map(|[red, green, blue, alpha]| {
                // Weights of ITU-R BT.601 in thousandths.
                let light =
                    u32::from(*red) * 299 + u32::from(*green) * 587 + u32::from(*blue) * 114;
                let alpha = u32::from(*alpha);
                let shown = (light / 1_000 * alpha + 255 * (255 - alpha)) / 255;
                u8::try_from(shown).unwrap_or(0xFF)
            })
            .collect()
    }

    /// The picture as a PNG of our own making.
    pub(crate) fn to_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgba)?;
        writer.finish()?;
        Ok(file)
    }
}
