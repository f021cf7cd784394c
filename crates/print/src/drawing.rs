//! One page: what stands where. Three writers make the same of it.

use crate::geometry::{Area, Length, Point};
use crate::logo::Logo;
use crate::text::Line;
use std::sync::Arc;
use vietqr::render::Symbol;

/// A colour of ink or screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Colour {
    /// Paper.
    pub const WHITE: Self = Self::rgb(0xFF_FF_FF);
    /// Modules, and nothing lighter for them.
    pub const BLACK: Self = Self::rgb(0);

    /// From `0xRRGGBB`.
    #[must_use]
    pub const fn rgb(hex: u32) -> Self {
        let [_, red, green, blue] = hex.to_be_bytes();
        Self { red, green, blue }
    }
}

/// One thing on a page. Later marks cover earlier ones.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Mark {
    /// A rectangle, with rounded corners or without.
    Panel {
        /// Where.
        area: Area,
        /// The radius of its corners.
        corner: Length,
        /// What it is filled with.
        fill: Option<Colour>,
        /// The width and colour of its edge, drawn half inside and half outside.
        edge: Option<(Length, Colour)>,
    },
    /// A straight line of dashes, to fold or cut along.
    Dashes {
        /// From here.
        from: Point,
        /// To here.
        to: Point,
        /// How thick; a dash is six times as long, and so is a gap.
        thickness: Length,
        /// In this colour.
        colour: Colour,
    },
    /// A line of text.
    Text {
        /// The line as measured.
        line: Line,
        /// Its box: the line's own width and height.
        area: Area,
        /// In this colour.
        colour: Colour,
    },
    /// A QR symbol, black on white.
    Symbol {
        /// Where, its quiet zone included. Square, and a whole number of micrometres for each module.
        area: Area,
        /// Its modules.
        symbol: Arc<Symbol>,
    },
    /// A picture that the operator gave.
    Logo {
        /// Where, in its own proportions.
        area: Area,
        /// What.
        logo: Logo,
    },
    /// Marks that stand on their heads: given half a turn about the middle of `within`.
    Turned {
        /// What is turned as a whole.
        within: Area,
        /// The marks, where they would stand upright.
        marks: Vec<Mark>,
    },
}

impl Mark {
    /// The same mark further to the right and further down.
    #[must_use]
    pub fn moved(self, right: Length, down: Length) -> Self {
        let move_area = |area: Area| Area {
            left: area.left + right,
            top: area.top + down,
            ..area
        };
        let move_point = |point: Point| Point {
            x: point.x + right,
            y: point.y + down,
        };
        match self {
            Self::Panel {
                area,
                corner,
                fill,
                edge,
            } => Self::Panel {
                area: move_area(area),
                corner,
                fill,
                edge,
            },
            Self::Dashes {
                from,
                to,
                thickness,
                colour,
            } => Self::Dashes {
                from: move_point(from),
                to: move_point(to),
                thickness,
                colour,
            },
            Self::Text { line, area, colour } => Self::Text {
                line,
                area: move_area(area),
                colour,
            },
            Self::Symbol { area, symbol } => Self::Symbol {
                area: move_area(area),
                symbol,
            },
            Self::Logo { area, logo } => Self::Logo {
                area: move_area(area),
                logo,
            },
            Self::Turned { within, marks } => Self::Turned {
                within: move_area(within),
                marks: marks
                    .into_iter()
                    .map(|mark| mark.moved(right, down))
                    .collect(),
            },
        }
    }

    /// The place on the page that the mark takes.
    #[must_use]
    pub fn area(&self) -> Area {
        match self {
            Self::Panel { area, .. }
            | Self::Text { area, .. }
            | Self::Symbol { area, .. }
            | Self::Logo { area, .. } => *area,
            Self::Turned { within, .. } => *within,
            Self::Dashes {
                from,
                to,
                thickness,
                ..
            } => {
                let (left, right) = (from.x.min(to.x), from.x.max(to.x));
                let (top, bottom) = (from.y.min(to.y), from.y.max(to.y));
                let half = thickness.half();
                Area::new(
                    left - half,
                    top - half,
                    right - left + *thickness,
                    bottom - top + *thickness,
                )
            }
        }
    }
}

/// One page.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// How wide.
    pub width: Length,
    /// How high.
    pub height: Length,
    /// What it is, for those who do not see it.
    pub title: String,
    /// What stands on it.
    pub marks: Vec<Mark>,
}

impl Drawing {
    /// An empty page.
    #[must_use]
    pub fn new(width: Length, height: Length, title: impl Into<String>) -> Self {
        Self {
            width,
            height,
            title: title.into(),
            marks: Vec::new(),
        }
    }

    /// The whole page.
    #[must_use]
    pub fn page(&self) -> Area {
        Area::new(Length::ZERO, Length::ZERO, self.width, self.height)
    }

    /// Every mark but the turned groups themselves, each with the place that it takes on the page.
    #[must_use]
    pub fn placed(&self) -> Vec<(Area, &Mark)> {
        let mut placed = Vec::new();
        for mark in &self.marks {
            match mark {
                Mark::Turned { within, marks } => {
                    placed.extend(marks.iter().map(|mark| (mark.area().turned(within), mark)));
                }
                mark => placed.push((mark.area(), mark)),
            }
        }
        placed
    }

    /// Every line of text, in the order in which it was put on the page.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.placed()
            .into_iter()
            .filter_map(|(_, mark)| match mark {
                Mark::Text { line, .. } => Some(line),
                _ => None,
            })
    }
}

/// The largest module of whole micrometres for a symbol of `modules`, quiet zone included, in `width`.
pub(crate) fn module_size(width: Length, modules: usize) -> Length {
    let modules = i32::try_from(modules).unwrap_or(i32::MAX);
    width.share(1, modules)
}

/// The dark modules of a symbol as rectangles: each stretch of a row.
pub(crate) fn dark_runs(symbol: &Symbol) -> impl Iterator<Item = (usize, usize, usize)> {
    let width = symbol.width_with_quiet_zone();
    (0..width).flat_map(move |row| {
        let mut column = 0;
        std::iter::from_fn(move || {
            let start = (column..width).find(|at| symbol.is_dark(*at, row))?;
            let end = (start..width).find(|at| !symbol.is_dark(*at, row));
            column = end.unwrap_or(width);
            Some((start, row, column - start))
        })
    })
}
