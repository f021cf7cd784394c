//! A drawing as pixels: PNG and JPEG for screens, and what a scanner is shown before a code with a logo
//! is given out.

#![allow(
    clippy::float_arithmetic,
    reason = "the rasteriser counts in floats; no money passes here"
)]

use crate::drawing::{Colour, Drawing, Mark, dark_runs};
use crate::geometry::{Area, Length};
use crate::svg::{DASH, Placed, placed_strokes};
use tiny_skia::{
    FillRule, Paint, Path, PathBuilder, Pixmap, PixmapPaint, Rect, Stroke, StrokeDash, Transform,
};

/// A CSS pixel of the pictures for screens.
pub const PIXEL: Length = Length::micrometres(250);

/// The most pixels either way.
///
/// ### Rationale
/// A4 at 300 dots per inch is 2,480 × 3,508. While it is drawn each pixel takes four bytes.
pub const PIXELS_MAX: u32 = 4_000;

/// The quality of JPEG files: at this level the edges of modules stay clean.
const JPEG_QUALITY: u8 = 88;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RasterError {
    /// No or too many pixels.
    #[error(
        "the picture would have {width}×{height} pixels; 1 to {PIXELS_MAX} either way are allowed"
    )]
    Pixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The PNG could not be written.
    #[error("the PNG could not be written: {0}")]
    Png(#[from] png::EncodingError),
    /// The JPEG could not be written.
    #[error("the JPEG could not be written: {0}")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
}

/// A drawing as pixels, without transparency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Raster {
    /// Draws with pixels of this size; edges of modules that do not fall between pixels move to the next.
    ///
    /// # Errors
    /// [`RasterError::Pixels`].
    pub fn of(drawing: &Drawing, pixel: Length) -> Result<Self, RasterError> {
        let count = |length: Length| {
            let pixel = pixel.get().max(1);
            u32::try_from((length.get() + pixel - 1) / pixel).unwrap_or(0)
        };
        let (width, height) = (count(drawing.width), count(drawing.height));
        let too_many = || RasterError::Pixels { width, height };
        let allowed = 1..=PIXELS_MAX;
        if !allowed.contains(&width) || !allowed.contains(&height) {
            return Err(too_many());
        }
        let mut pixmap = Pixmap::new(width, height).ok_or_else(too_many)?;
        pixmap.fill(tiny_skia::Color::WHITE);
        let scale = 1.0 / micrometres(pixel).max(1.0);
        let transform = Transform::from_scale(scale, scale);
        for mark in &drawing.marks {
            draw(mark, transform, &mut pixmap);
        }
        // Everything is drawn on opaque white.
        let rgb = pixmap.data().as_chunks::<4>().0.iter();
        Ok(Self {
            width,
            height,
            rgb: rgb
                .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
                .collect(),
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

    /// Red, green and blue of each pixel, row by row.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The picture as a PNG.
    ///
    /// # Errors
    /// [`RasterError::Png`].
    pub fn png(&self) -> Result<Vec<u8>, RasterError> {
        let mut file = Vec::with_capacity(32 * 1024);
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        // Most rows repeat the one above, which this filter turns into zeros.
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(file)
    }

    /// The picture as a JPEG.
    ///
    /// # Errors
    /// [`RasterError::Jpeg`].
    pub fn jpeg(&self) -> Result<Vec<u8>, RasterError> {
        let side = |pixels: u32| {
            u16::try_from(pixels).map_err(|_| RasterError::Pixels {
                width: self.width,
                height: self.height,
            })
        };
        let mut file = Vec::with_capacity(64 * 1024);
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
        encoder.set_optimized_huffman_tables(true);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
        encoder.encode(
            &self.rgb,
            side(self.width)?,
            side(self.height)?,
            jpeg_encoder::ColorType::Rgb,
        )?;
        Ok(file)
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a page is below 2^24 micrometres, where every whole number is exact"
)]
pub(crate) const fn micrometres(length: Length) -> f32 {
    length.get() as f32
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour.red, colour.green, colour.blue, 0xFF);
    paint
}

fn rect(area: &Area) -> Option<Rect> {
    Rect::from_xywh(
        micrometres(area.left),
        micrometres(area.top),
        micrometres(area.width),
        micrometres(area.height),
    )
}

fn draw(mark: &Mark, transform: Transform, pixmap: &mut Pixmap) {
    match mark {
        Mark::Panel {
            area,
            corner,
            fill,
            edge,
        } => {
            let Some(path) = rounded(area, *corner) else {
                return;
            };
            if let Some(colour) = fill {
                pixmap.fill_path(&path, &paint(*colour), FillRule::Winding, transform, None);
            }
            if let Some((thickness, colour)) = edge {
                let stroke = Stroke {
                    width: micrometres(*thickness),
                    ..Stroke::default()
                };
                pixmap.stroke_path(&path, &paint(*colour), &stroke, transform, None);
            }
        }
        Mark::Dashes {
            from,
            to,
            thickness,
            colour,
        } => {
            let mut path = PathBuilder::new();
            path.move_to(micrometres(from.x), micrometres(from.y));
            path.line_to(micrometres(to.x), micrometres(to.y));
            let dash = micrometres(Length::micrometres(thickness.get() * DASH));
            let stroke = Stroke {
                width: micrometres(*thickness),
                dash: StrokeDash::new(vec![dash, dash], 0.0),
                ..Stroke::default()
            };
            if let Some(path) = path.finish() {
                pixmap.stroke_path(&path, &paint(*colour), &stroke, transform, None);
            }
        }
        Mark::Text { line, area, colour } => {
            let mut path = PathBuilder::new();
            for stroke in placed_strokes(line, area) {
                match stroke {
                    Placed::MoveTo(to) => path.move_to(micrometres(to.x), micrometres(to.y)),
                    Placed::LineTo(to) => path.line_to(micrometres(to.x), micrometres(to.y)),
                    Placed::QuadTo(by, to) => path.quad_to(
                        micrometres(by.x),
                        micrometres(by.y),
                        micrometres(to.x),
                        micrometres(to.y),
                    ),
                    Placed::Close => path.close(),
                }
            }
            if let Some(path) = path.finish() {
                pixmap.fill_path(&path, &paint(*colour), FillRule::Winding, transform, None);
            }
        }
        Mark::Symbol { area, symbol } => {
            let mut black = paint(Colour::BLACK);
            let mut white = paint(Colour::WHITE);
            // A module is black or white, never grey.
            black.anti_alias = false;
            white.anti_alias = false;
            if let Some(rect) = rect(area) {
                pixmap.fill_rect(rect, &white, transform, None);
            }
            let count = i32::try_from(symbol.width_with_quiet_zone()).unwrap_or(i32::MAX);
            let module = area.width.share(1, count);
            for (column, row, length) in dark_runs(symbol) {
                let run = Area::new(
                    area.left + module.times(column),
                    area.top + module.times(row),
                    module.times(length),
                    module,
                );
                if let Some(rect) = rect(&run) {
                    pixmap.fill_rect(rect, &black, transform, None);
                }
            }
        }
        Mark::Logo { area, logo } => {
            let Some(mut picture) = Pixmap::new(logo.width(), logo.height()) else {
                return;
            };
            let (pixels, _) = logo.rgba().as_chunks::<4>();
            for (pixel, [red, green, blue, alpha]) in picture.pixels_mut().iter_mut().zip(pixels) {
                *pixel = tiny_skia::ColorU8::from_rgba(*red, *green, *blue, *alpha).premultiply();
            }
            let across = micrometres(area.width) / pixels_of(logo.width());
            let down = micrometres(area.height) / pixels_of(logo.height());
            let place = transform
                .pre_translate(micrometres(area.left), micrometres(area.top))
                .pre_scale(across, down);
            let smooth = PixmapPaint {
                quality: tiny_skia::FilterQuality::Bilinear,
                ..PixmapPaint::default()
            };
            pixmap.draw_pixmap(0, 0, picture.as_ref(), &smooth, place, None);
        }
        Mark::Turned { within, marks } => {
            let turned = transform.pre_concat(Transform::from_row(
                -1.0,
                0.0,
                0.0,
                -1.0,
                micrometres(within.left + within.right()),
                micrometres(within.top + within.bottom()),
            ));
            for mark in marks {
                draw(mark, turned, pixmap);
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "at most 1,000")]
const fn pixels_of(count: u32) -> f32 {
    count as f32
}

/// A rectangle whose corners are quarters of a circle.
fn rounded(area: &Area, corner: Length) -> Option<Path> {
    let mut path = PathBuilder::new();
    corners(area, corner, &mut |step| match step {
        Corner::MoveTo(x, y) => path.move_to(x, y),
        Corner::LineTo(x, y) => path.line_to(x, y),
        Corner::CurveTo([x1, y1, x2, y2, x, y]) => path.cubic_to(x1, y1, x2, y2, x, y),
        Corner::Close => path.close(),
    });
    path.finish()
}

/// A step along the edge of a rounded rectangle, in micrometres.
pub(crate) enum Corner {
    MoveTo(f32, f32),
    LineTo(f32, f32),
    CurveTo([f32; 6]),
    Close,
}

/// Goes around a rounded rectangle, clockwise.
pub(crate) fn corners(area: &Area, corner: Length, step: &mut impl FnMut(Corner)) {
    /// How far the handles of a cubic curve reach that looks like a quarter of a circle.
    const HANDLE: f32 = 0.552_284_8;
    let (left, top) = (micrometres(area.left), micrometres(area.top));
    let (right, bottom) = (micrometres(area.right()), micrometres(area.bottom()));
    let most = area.width.half().min(area.height.half());
    let radius = micrometres(corner.min(most));
    let near = radius * (1.0 - HANDLE);
    step(Corner::MoveTo(left + radius, top));
    step(Corner::LineTo(right - radius, top));
    step(Corner::CurveTo([
        right - near,
        top,
        right,
        top + near,
        right,
        top + radius,
    ]));
    step(Corner::LineTo(right, bottom - radius));
    step(Corner::CurveTo([
        right,
        bottom - near,
        right - near,
        bottom,
        right - radius,
        bottom,
    ]));
    step(Corner::LineTo(left + radius, bottom));
    step(Corner::CurveTo([
        left + near,
        bottom,
        left,
        bottom - near,
        left,
        bottom - radius,
    ]));
    step(Corner::LineTo(left, top + radius));
    step(Corner::CurveTo([
        left,
        top + near,
        left + near,
        top,
        left + radius,
        top,
    ]));
    step(Corner::Close);
}
