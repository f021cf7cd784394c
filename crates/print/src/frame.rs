//! A payment code for a screen: the bare code, or the code with the words that belong to it, in the
//! sizes and under the names that integrators already use elsewhere.
//!
//! As on paper, the words are read from the payload; only the payee's name is given.

use crate::drawing::{Drawing, Mark, module_size};
use crate::font::Face;
use crate::geometry::{Area, Length};
use crate::layout::{Align, Block, palette};
use crate::poster::{Field, PosterError, in_fours};
use crate::raster::PIXEL;
use crate::text::{Line, Room, clean};
use money::format::grouped;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use vietqr::render::{ErrorCorrection, Symbol};
use vietqr::{PayableTransfer, Payload, banks};

/// What stands around the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Template {
    /// 480 × 480 pixels, the code alone.
    QrOnly,
    /// 540 × 540 pixels, with "VietQR" and the bank.
    Compact,
    /// 540 × 640 pixels, with the payee's name, account, amount and memo as well.
    #[default]
    Compact2,
    /// 600 × 776 pixels, with the bank's registered name and how to pay as well.
    Print,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 4] = [Self::QrOnly, Self::Compact, Self::Compact2, Self::Print];

    /// Its name in addresses and requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QrOnly => "qr_only",
            Self::Compact => "compact",
            Self::Compact2 => "compact2",
            Self::Print => "print",
        }
    }

    /// Its width and height, each a whole number of [`PIXEL`].
    #[must_use]
    pub fn size(self) -> (Length, Length) {
        let (width, height) = match self {
            Self::QrOnly => (480, 480),
            Self::Compact => (540, 540),
            Self::Compact2 => (540, 640),
            Self::Print => (600, 776),
        };
        (pixels(width), pixels(height))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Template {
    type Err = &'static str;

    /// Reads `qr_only`, `compact`, `compact2` or `print`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |template: &Self| template.as_str() == text;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or("must be qr_only, compact, compact2 or print")
    }
}

/// A code for a screen.
///
/// ```
/// use print::frame::{Frame, Template};
/// use print::raster::{PIXEL, Raster};
/// use vietqr::Payload;
/// let payload = Payload::parse("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F").unwrap();
/// let drawing = Frame::new(payload)?.name("Chợ Bến Thành").draw(Template::Compact2)?;
/// let picture = Raster::of(&drawing, PIXEL)?;
/// assert_eq!((picture.width(), picture.height()), (540, 640));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Frame {
    payload: Payload,
    transfer: PayableTransfer,
    name: String,
}

/// No module of a screen picture is smaller.
const MODULE_MIN: Length = pixels(3);

const fn pixels(count: i32) -> Length {
    Length::micrometres(PIXEL.get() * count)
}

impl Frame {
    /// A picture of a code, without a name yet.
    ///
    /// # Errors
    /// [`PosterError::NotPayable`].
    pub fn new(payload: Payload) -> Result<Self, PosterError> {
        let transfer = vietqr::decode(payload.as_str()).payable();
        Ok(Self {
            transfer: transfer.ok_or(PosterError::NotPayable)?,
            payload,
            name: String::new(),
        })
    }

    /// The name of who is paid.
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Lays it out, in whole pixels of [`PIXEL`] where the code is concerned.
    ///
    /// # Errors
    /// [`PosterError`]: a name that cannot be written or has no room. Nothing is cut to fit.
    pub fn draw(&self, template: Template) -> Result<Drawing, PosterError> {
        let (width, height) = template.size();
        let symbol = Arc::new(Symbol::new(&self.payload, ErrorCorrection::Medium)?);
        let column = Column {
            width: width - pixels(48),
        };
        let (above, below) = self.words(template, column)?;
        let mut drawing = Drawing::new(width, height, self.title());
        // The quiet zone is edge enough where nothing else stands.
        let edge = |block: &Block| pixels(if block.height > Length::ZERO { 14 } else { 0 });
        let (top, bottom) = (edge(&above) + above.height, edge(&below) + below.height);
        let room = height - top - bottom;
        let modules = symbol.width_with_quiet_zone();
        // Whole pixels for each module: a scaled symbol has blurred edges.
        let whole = module_size(width.min(room), modules).get() / PIXEL.get();
        let module = pixels(whole);
        if module < MODULE_MIN {
            return Err(PosterError::NoRoom);
        }
        let side = module.times(modules);
        let whole_pixel = |length: Length| pixels(length.get() / PIXEL.get());
        let left = whole_pixel((width - side).half());
        let spare = whole_pixel((room - side).half());
        drawing.marks.extend(above.at(pixels(24), edge(&above)));
        drawing.marks.push(Mark::Symbol {
            area: Area::new(left, whole_pixel(top) + spare, side, side),
            symbol,
        });
        drawing.marks.extend(below.at(pixels(24), height - bottom));
        Ok(drawing)
    }

    fn title(&self) -> String {
        let account = in_fours(&self.transfer.account);
        let parts = ["VietQR", &self.name, self.bank().0, &account];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(" · ")
    }

    /// The bank's usual and its registered name.
    fn bank(&self) -> (&str, &str) {
        let bin = self.transfer.bin.as_str();
        match banks::by_bin(bin) {
            Some(bank) => (&bank.short_name, &bank.full_name_vi),
            None => (bin, ""),
        }
    }

    /// What stands above the code, and what below.
    fn words(&self, template: Template, column: Column) -> Result<(Block, Block), PosterError> {
        let gap = pixels(4);
        let (short, full) = self.bank();
        let marks = || column.ends("VietQR", short);
        let details = || -> Result<Block, PosterError> {
            let name = clean(&self.name).map_err(|error| PosterError::Text {
                field: Field::Payee,
                error,
            })?;
            let account = in_fours(&self.transfer.account);
            let amount = self.transfer.amount.map(grouped).unwrap_or_default();
            let memo = self.transfer.purpose.as_deref().unwrap_or_default();
            Ok(column
                .lines(Field::Payee, &name, (Face::Bold, 26, 13), 2)?
                .above(
                    gap,
                    column.lines(Field::Account, &account, (Face::Bold, 24, 16), 1)?,
                )
                .above(
                    gap,
                    column.lines(Field::Amount, &amount, (Face::Bold, 24, 16), 1)?,
                )
                .above(
                    gap,
                    column.lines(Field::Memo, memo, (Face::Regular, 20, 13), 2)?,
                ))
        };
        Ok(match template {
            Template::QrOnly => (Block::default(), Block::default()),
            Template::Compact => (Block::default(), marks()?),
            Template::Compact2 => (Block::default(), marks()?.above(gap, details()?)),
            Template::Print => {
                let full = column.lines(Field::Bank, full, (Face::Regular, 17, 12), 2)?;
                let hint = "Mở ứng dụng ngân hàng, quét mã và kiểm tra tên người nhận.";
                let hint = column.lines(Field::Payee, hint, (Face::Regular, 16, 12), 2)?;
                let below = details()?.above(gap, full).above(pixels(10), hint);
                (marks()?, below)
            }
        })
    }
}

/// The words of a picture stand in one column.
#[derive(Debug, Clone, Copy)]
struct Column {
    width: Length,
}

impl Column {
    /// Lines in the middle; `sizes` is the type wanted and the smallest, in pixels.
    fn lines(
        self,
        field: Field,
        text: &str,
        (face, largest, smallest): (Face, i32, i32),
        lines: usize,
    ) -> Result<Block, PosterError> {
        let colour = match face {
            Face::Bold => palette::INK,
            Face::Regular => palette::SOFT,
        };
        let lines = fit(field, text, (face, largest, smallest), (self.width, lines))?;
        Ok(Block::lines(lines, self.width, Align::Centre, colour))
    }

    /// The scheme at the left end of a line and the bank at its right end.
    fn ends(self, scheme: &str, bank: &str) -> Result<Block, PosterError> {
        let half = self.width.half();
        let scheme = fit(Field::Bank, scheme, (Face::Bold, 30, 30), (half, 1))?;
        let bank = fit(Field::Bank, bank, (Face::Bold, 26, 12), (half, 1))?;
        let mut block = Block::lines(scheme, half, Align::Left, palette::BRAND);
        for line in bank {
            let top = block.height - line.height();
            let area = Area::new(
                self.width - line.width(),
                top.half(),
                line.width(),
                line.height(),
            );
            block.marks.push(Mark::Text {
                line,
                area,
                colour: palette::INK,
            });
        }
        Ok(block)
    }
}

fn fit(
    field: Field,
    text: &str,
    (face, largest, smallest): (Face, i32, i32),
    (width, lines): (Length, usize),
) -> Result<Vec<Line>, PosterError> {
    let room = Room {
        face,
        largest: pixels(largest),
        smallest: pixels(smallest),
        width,
        lines,
    };
    room.fit(text)
        .map_err(|error| PosterError::Text { field, error })
}
