//! Drawings as the pages of one PDF. Text stays text: it can be searched, copied and read aloud; the
//! part of the font that is used is embedded once, and a logo once, however many pages there are.

#![allow(
    clippy::float_arithmetic,
    reason = "PDF counts in points, which are no whole micrometres; no money passes here"
)]

use crate::drawing::{Colour, Drawing, Mark, dark_runs};
use crate::font::{Face, UNITS_PER_EM};
use crate::geometry::{Area, Length, Point};
use crate::logo::Logo;
use crate::raster::{Corner, corners, micrometres};
use crate::svg::DASH;
use crate::text::Line;
use krilla::geom::{Path, PathBuilder, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// A page without size.
    #[error("a page has no width or no height")]
    EmptyPage,
    /// The library refused; not seen with what this crate draws.
    #[error("the PDF could not be written: {0}")]
    Refused(String),
}

/// A PDF that is being written, page by page.
///
/// ```
/// use print::{Drawing, geometry::Length, pdf::Document};
/// let mut document = Document::new("Two pages");
/// for _ in 0..2 {
///     let page = Drawing::new(Length::millimetres(105), Length::millimetres(148), "");
///     document.add(&page)?;
/// }
/// assert!(document.finish()?.starts_with(b"%PDF-1.7"));
/// # Ok::<(), print::pdf::PdfError>(())
/// ```
pub struct Document {
    document: krilla::Document,
    regular: Option<Font>,
    bold: Option<Font>,
    /// The logo of the page before, which is most often the logo of the next.
    logo: Option<(Logo, Image)>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").finish_non_exhaustive()
    }
}

impl Document {
    /// A document without pages. Its texts are Vietnamese first.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        let mut document = krilla::Document::new();
        document.set_metadata(
            Metadata::new()
                .title(title.into())
                .language("vi".to_owned())
                .creator("ThuNgân".to_owned()),
        );
        let font = |face: Face| Font::new(face.bytes().into(), 0);
        Self {
            document,
            regular: font(Face::Regular),
            bold: font(Face::Bold),
            logo: None,
        }
    }

    /// Adds a page.
    ///
    /// # Errors
    /// [`PdfError::EmptyPage`].
    pub fn add(&mut self, drawing: &Drawing) -> Result<(), PdfError> {
        let size = Size::from_wh(points(drawing.width), points(drawing.height));
        let settings = PageSettings::new(size.ok_or(PdfError::EmptyPage)?);
        // Looked up before the page borrows the document.
        let images: Vec<Image> = logos(&drawing.marks)
            .into_iter()
            .map(|logo| self.image(logo))
            .collect();
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        let mut writer = PageWriter {
            regular: self.regular.as_ref(),
            bold: self.bold.as_ref(),
            images: images.into_iter(),
        };
        for mark in &drawing.marks {
            writer.draw(mark, &mut surface);
        }
        surface.finish();
        page.finish();
        Ok(())
    }

    /// The finished file.
    ///
    /// # Errors
    /// [`PdfError::Refused`].
    pub fn finish(self) -> Result<Vec<u8>, PdfError> {
        let finished = self.document.finish();
        finished.map_err(|error| PdfError::Refused(format!("{error:?}")))
    }

    fn image(&mut self, logo: &Logo) -> Image {
        if let Some((known, image)) = &self.logo
            && known == logo
        {
            return image.clone();
        }
        let image = Image::from_rgba8(logo.rgba().to_vec(), logo.width(), logo.height());
        self.logo = Some((logo.clone(), image.clone()));
        image
    }
}

/// The logos among marks, in the order in which they are drawn.
fn logos(marks: &[Mark]) -> Vec<&Logo> {
    marks
        .iter()
        .flat_map(|mark| match mark {
            Mark::Logo { logo, .. } => vec![logo],
            Mark::Turned { marks, .. } => logos(marks),
            _ => Vec::new(),
        })
        .collect()
}

struct PageWriter<'a> {
    regular: Option<&'a Font>,
    bold: Option<&'a Font>,
    images: std::vec::IntoIter<Image>,
}

impl PageWriter<'_> {
    fn draw(&mut self, mark: &Mark, surface: &mut Surface<'_>) {
        match mark {
            Mark::Panel {
                area,
                corner,
                fill: inside,
                edge,
            } => {
                surface.set_fill(inside.map(fill));
                surface.set_stroke(edge.map(|(thickness, colour)| Stroke {
                    width: points(thickness),
                    ..stroke(colour)
                }));
                if let Some(path) = rounded(area, *corner) {
                    surface.draw_path(&path);
                }
            }
            Mark::Dashes {
                from,
                to,
                thickness,
                colour,
            } => {
                let dash = points(Length::micrometres(thickness.get() * DASH));
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    width: points(*thickness),
                    dash: Some(StrokeDash {
                        array: vec![dash, dash],
                        offset: 0.0,
                    }),
                    ..stroke(*colour)
                }));
                let mut path = PathBuilder::new();
                path.move_to(points(from.x), points(from.y));
                path.line_to(points(to.x), points(to.y));
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
            Mark::Text { line, area, colour } => self.text(line, area, *colour, surface),
            Mark::Symbol { area, symbol } => {
                surface.set_stroke(None);
                surface.set_fill(Some(fill(Colour::WHITE)));
                if let Some(path) = rounded(area, Length::ZERO) {
                    surface.draw_path(&path);
                }
                surface.set_fill(Some(fill(Colour::BLACK)));
                let count = i32::try_from(symbol.width_with_quiet_zone()).unwrap_or(i32::MAX);
                let module = area.width.share(1, count);
                // One path for all modules: no hairlines between neighbours.
                let mut path = PathBuilder::new();
                for (column, row, length) in dark_runs(symbol) {
                    let run = Area::new(
                        area.left + module.times(column),
                        area.top + module.times(row),
                        module.times(length),
                        module,
                    );
                    if let Some(rect) = rect(&run) {
                        path.push_rect(rect);
                    }
                }
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
            Mark::Logo { area, .. } => {
                let size = Size::from_wh(points(area.width), points(area.height));
                if let (Some(image), Some(size)) = (self.images.next(), size) {
                    let place = Transform::from_translate(points(area.left), points(area.top));
                    surface.push_transform(&place);
                    surface.draw_image(image, size);
                    surface.pop();
                }
            }
            Mark::Turned { within, marks } => {
                surface.push_transform(&Transform::from_row(
                    -1.0,
                    0.0,
                    0.0,
                    -1.0,
                    points(within.left + within.right()),
                    points(within.top + within.bottom()),
                ));
                for mark in marks {
                    self.draw(mark, surface);
                }
                surface.pop();
            }
        }
    }

    fn text(&self, line: &Line, area: &Area, colour: Colour, surface: &mut Surface<'_>) {
        let style = line.style();
        let font = match style.face {
            Face::Regular => self.regular,
            Face::Bold => self.bold,
        };
        let Some(font) = font else {
            return;
        };
        let em = |units: i32| {
            micrometres(Length::micrometres(units)) / micrometres(Length::micrometres(UNITS_PER_EM))
        };
        let glyphs: Vec<KrillaGlyph> = line
            .glyphs()
            .iter()
            .map(|glyph| {
                KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    em(glyph.advance),
                    em(glyph.x),
                    em(glyph.y),
                    0.0,
                    glyph.text.clone(),
                    None,
                )
            })
            .collect();
        let start = Point {
            x: area.left,
            y: area.top + style.ascent(),
        };
        surface.set_stroke(None);
        surface.set_fill(Some(fill(colour)));
        surface.draw_glyphs(
            krilla::geom::Point::from_xy(points(start.x), points(start.y)),
            &glyphs,
            font.clone(),
            line.text(),
            points(style.size),
            false,
        );
    }
}

/// 25,400 µm are 72 points.
fn points(length: Length) -> f32 {
    micrometres(length) * 72.0 / 25_400.0
}

fn rect(area: &Area) -> Option<Rect> {
    Rect::from_ltrb(
        points(area.left),
        points(area.top),
        points(area.right()),
        points(area.bottom()),
    )
}

fn fill(colour: Colour) -> Fill {
    Fill {
        paint: krilla::color::rgb::Color::new(colour.red, colour.green, colour.blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn stroke(colour: Colour) -> Stroke {
    Stroke {
        paint: krilla::color::rgb::Color::new(colour.red, colour.green, colour.blue).into(),
        ..Stroke::default()
    }
}

fn rounded(area: &Area, corner: Length) -> Option<Path> {
    let mut path = PathBuilder::new();
    let at = |micrometres: f32| micrometres * 72.0 / 25_400.0;
    corners(area, corner, &mut |step| match step {
        Corner::MoveTo(x, y) => path.move_to(at(x), at(y)),
        Corner::LineTo(x, y) => path.line_to(at(x), at(y)),
        Corner::CurveTo([x1, y1, x2, y2, x, y]) => {
            path.cubic_to(at(x1), at(y1), at(x2), at(y2), at(x), at(y));
        }
        Corner::Close => path.close(),
    });
    path.finish()
}
