//! Putting things below and beside each other: blocks that know how high they are.

use crate::drawing::{Colour, Mark};
use crate::font::Face;
use crate::geometry::{Area, Length};
use crate::text::{Line, Room, TextError};

/// The colours of everything that we draw.
pub(crate) mod palette {
    use crate::drawing::Colour;
    pub const INK: Colour = Colour::rgb(0x14_21_2E);
    pub const SOFT: Colour = Colour::rgb(0x4B_5A_68);
    pub const BRAND: Colour = Colour::rgb(0x0B_4F_6C);
    pub const TINT: Colour = Colour::rgb(0xEA_F1_F5);
    pub const LINE: Colour = Colour::rgb(0xB9_C6_CF);
}

/// Where lines stand in their column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
}

/// Marks around the origin, and how high they are together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    pub height: Length,
    pub marks: Vec<Mark>,
}

impl Block {
    /// Lines below each other in a column that begins at the origin.
    pub fn lines(lines: Vec<Line>, width: Length, align: Align, colour: Colour) -> Self {
        let mut block = Self::default();
        for line in lines {
            let spare = width - line.width();
            let left = match align {
                Align::Left => Length::ZERO,
                Align::Centre => spare.half(),
            };
            let area = Area::new(left, block.height, line.width(), line.height());
            block.height = block.height + line.height();
            block.marks.push(Mark::Text { line, area, colour });
        }
        block
    }

    /// This block with another below it.
    pub fn above(mut self, gap: Length, below: Self) -> Self {
        if below.height == Length::ZERO {
            return self;
        }
        let top = self.height
            + if self.height == Length::ZERO {
                Length::ZERO
            } else {
                gap
            };
        self.marks.extend(below.at(Length::ZERO, top));
        self.height = top + below.height;
        self
    }

    /// How high it would be with another below it.
    pub fn above_height(&self, gap: Length, below: &Self) -> Length {
        if below.height == Length::ZERO {
            self.height
        } else {
            self.height + gap + below.height
        }
    }

    /// The marks, moved to a place.
    pub fn at(&self, left: Length, top: Length) -> Vec<Mark> {
        let marks = self.marks.iter().cloned();
        marks.map(|mark| mark.moved(left, top)).collect()
    }

    /// The block in the middle of a panel.
    pub fn on(self, panel: Panel) -> Self {
        let area = Area::new(Length::ZERO, Length::ZERO, panel.width, panel.height);
        let mut marks = vec![Mark::Panel {
            area,
            corner: panel.corner,
            fill: Some(panel.fill),
            edge: None,
        }];
        marks.extend(self.at(panel.padding, (panel.height - self.height).half()));
        Self {
            height: panel.height,
            marks,
        }
    }
}

/// What lies behind a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    pub width: Length,
    pub height: Length,
    /// Left and right of the block.
    pub padding: Length,
    pub corner: Length,
    pub fill: Colour,
}

/// Turns the sizes of a design into those of a sheet: lengths are of a face 210 mm wide, type is given
/// in tenths of a point on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How wide the face is.
    pub width: Length,
    /// How large type is against the design, in hundredths.
    pub text: i32,
    /// No type is smaller.
    pub smallest: Length,
}

impl Scale {
    /// So many tenths of a millimetre of the design.
    pub fn tenths(self, count: i32) -> Length {
        self.width.share(count, 2_100)
    }

    /// A size of type of the design.
    pub fn size(self, decipoints: i32) -> Length {
        let design = Length::decipoints(decipoints).share(self.text, 100);
        let size = i64::from(design.get()) * i64::from(self.width.get()) / 210_000;
        Length::micrometres(i32::try_from(size).unwrap_or(i32::MAX)).max(self.smallest)
    }

    /// A text of someone else's.
    pub fn fit(
        self,
        text: &str,
        face: Face,
        (largest, smallest): (i32, i32),
        width: Length,
        lines: usize,
    ) -> Result<Vec<Line>, TextError> {
        let room = Room {
            face,
            largest: self.size(largest),
            smallest: self.size(smallest),
            width,
            lines,
        };
        room.fit(text)
    }
}
