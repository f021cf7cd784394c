//! A drawing as a standalone SVG. Its user unit is the micrometre, so every number is whole; text is
//! drawn as outlines, so it looks the same where the font is missing, and nothing that a stranger wrote
//! is ever markup.

use crate::drawing::{Colour, Drawing, Mark, dark_runs};
use crate::font::Stroke;
use crate::geometry::{Area, Length, Point};
use crate::raster::PIXEL;
use crate::text::Line;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt::Write;
use vietqr::render::Symbol;

/// How large the picture says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NaturalSize {
    /// In millimetres, for paper.
    Millimetres,
    /// In CSS pixels of [`PIXEL`], for screens.
    Pixels,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error("the logo could not be written into the SVG: {0}")]
pub struct SvgError(#[from] png::EncodingError);

/// Writes a drawing as an SVG document. What it says stands in `<desc>` too, for screen readers.
///
/// # Errors
/// [`SvgError`] when a logo cannot be written again, which has not been seen.
pub fn svg(drawing: &Drawing, size: NaturalSize) -> Result<String, SvgError> {
    let mut out = String::with_capacity(96 * 1024);
    let (width, height) = (drawing.width, drawing.height);
    let (shown_width, shown_height) = match size {
        NaturalSize::Millimetres => (millimetres(width), millimetres(height)),
        NaturalSize::Pixels => {
            let pixels = |length: Length| (length.get() / PIXEL.get()).to_string();
            (pixels(width), pixels(height))
        }
    };
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{shown_width}" height="{shown_height}" viewBox="0 0 {} {}" role="img"><title>{}</title><desc>{}</desc><rect width="100%" height="100%" fill="#fff"/>"##,
        width.get(),
        height.get(),
        Escaped(&drawing.title),
        Escaped(&said(drawing)),
    );
    for mark in &drawing.marks {
        write_mark(mark, &mut out)?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn write_mark(mark: &Mark, out: &mut String) -> Result<(), SvgError> {
    match mark {
        Mark::Panel {
            area,
            corner,
            fill,
            edge,
        } => panel(area, *corner, *fill, *edge, out),
        Mark::Dashes {
            from,
            to,
            thickness,
            colour,
        } => {
            let _ = write!(
                out,
                r#"<path d="M{} {}L{} {}" fill="none" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>"#,
                from.x.get(),
                from.y.get(),
                to.x.get(),
                to.y.get(),
                Hex(*colour),
                thickness.get(),
                thickness.get() * DASH,
            );
        }
        Mark::Text { line, area, colour } => text(line, area, *colour, out),
        Mark::Symbol { area, symbol } => modules(area, symbol, out),
        Mark::Logo { area, logo } => {
            let _ = write!(
                out,
                r#"<image x="{}" y="{}" width="{}" height="{}" href="data:image/png;base64,{}"/>"#,
                area.left.get(),
                area.top.get(),
                area.width.get(),
                area.height.get(),
                BASE64_STANDARD.encode(logo.to_png()?),
            );
        }
        Mark::Turned { within, marks } => {
            let _ = write!(
                out,
                r#"<g transform="matrix(-1 0 0 -1 {} {})">"#,
                (within.left + within.right()).get(),
                (within.top + within.bottom()).get(),
            );
            for mark in marks {
                write_mark(mark, out)?;
            }
            out.push_str("</g>");
        }
    }
    Ok(())
}

/// The length of a dash and of a gap, in thicknesses.
pub(crate) const DASH: i32 = 6;

fn panel(
    area: &Area,
    corner: Length,
    fill: Option<Colour>,
    edge: Option<(Length, Colour)>,
    out: &mut String,
) {
    let _ = write!(
        out,
        r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill=""#,
        area.left.get(),
        area.top.get(),
        area.width.get(),
        area.height.get(),
        corner.get(),
    );
    let _ = match fill {
        Some(colour) => write!(out, r#"{}""#, Hex(colour)),
        None => write!(out, r#"none""#),
    };
    if let Some((thickness, colour)) = edge {
        let _ = write!(
            out,
            r#" stroke="{}" stroke-width="{}""#,
            Hex(colour),
            thickness.get()
        );
    }
    out.push_str("/>");
}

fn text(line: &Line, area: &Area, colour: Colour, out: &mut String) {
    let _ = write!(out, r#"<path fill="{}" d=""#, Hex(colour));
    let mut pen = Pen {
        out,
        at: Point::default(),
        start: Point::default(),
    };
    for stroke in placed_strokes(line, area) {
        match stroke {
            Placed::MoveTo(to) => {
                pen.write('m', &[to]);
                pen.start = to;
            }
            Placed::LineTo(to) => pen.write('l', &[to]),
            Placed::QuadTo(by, to) => pen.write('q', &[by, to]),
            Placed::Close => {
                pen.out.push('z');
                pen.at = pen.start;
            }
        }
    }
    out.push_str(r#""/>"#);
}

/// Writes steps from where the pen is: half as long as places on the page.
struct Pen<'a> {
    out: &'a mut String,
    at: Point,
    /// Where a closed outline brings the pen back to.
    start: Point,
}

impl Pen<'_> {
    fn write(&mut self, command: char, points: &[Point]) {
        self.out.push(command);
        for (index, point) in points.iter().enumerate() {
            let (x, y) = ((point.x - self.at.x).get(), (point.y - self.at.y).get());
            // A sign separates as well as a space does.
            let before_x = if index > 0 && x >= 0 { " " } else { "" };
            let before_y = if y >= 0 { " " } else { "" };
            let _ = write!(self.out, "{before_x}{x}{before_y}{y}");
        }
        if let Some(last) = points.last() {
            self.at = *last;
        }
    }
}

fn modules(area: &Area, symbol: &Symbol, out: &mut String) {
    let count = i32::try_from(symbol.width_with_quiet_zone()).unwrap_or(i32::MAX);
    let _ = write!(
        out,
        r##"<g transform="translate({} {}) scale({})" shape-rendering="crispEdges"><rect width="{count}" height="{count}" fill="#fff"/><path fill="#000" d=""##,
        area.left.get(),
        area.top.get(),
        area.width.get() / count.max(1),
    );
    for (column, row, length) in dark_runs(symbol) {
        let _ = write!(out, "M{column} {row}h{length}v1h-{length}z");
    }
    out.push_str(r#""/></g>"#);
}

/// One stroke of an outline, on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    MoveTo(Point),
    LineTo(Point),
    QuadTo(Point, Point),
    Close,
}

/// The outlines of a line of text, where they stand on the page.
pub(crate) fn placed_strokes(line: &Line, area: &Area) -> impl Iterator<Item = Placed> {
    let style = line.style();
    let baseline = area.top + style.ascent();
    let mut pen = 0_i32;
    line.glyphs().iter().flat_map(move |glyph| {
        let (x, y) = (pen + glyph.x, glyph.y);
        pen += glyph.advance;
        let place = move |dx: i32, dy: i32| Point {
            x: area.left + style.units(x + dx),
            y: baseline - style.units(y + dy),
        };
        style
            .face
            .outline(glyph.id)
            .iter()
            .map(move |stroke| match *stroke {
                Stroke::MoveTo(x, y) => Placed::MoveTo(place(x, y)),
                Stroke::LineTo(x, y) => Placed::LineTo(place(x, y)),
                Stroke::QuadTo(cx, cy, x, y) => Placed::QuadTo(place(cx, cy), place(x, y)),
                Stroke::Close => Placed::Close,
            })
    })
}

fn millimetres(length: Length) -> String {
    let (whole, rest) = (length.get() / 1_000, length.get() % 1_000);
    if rest == 0 {
        format!("{whole}mm")
    } else {
        format!("{whole}.{rest:03}mm")
    }
}

fn said(drawing: &Drawing) -> String {
    let lines: Vec<&str> = drawing.lines().map(Line::text).collect();
    lines.join("\n")
}

struct Hex(Colour);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Colour { red, green, blue } = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// XML text: markup is escaped, characters that XML forbids are left out.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\n' => f.write_char('\n')?,
                c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
