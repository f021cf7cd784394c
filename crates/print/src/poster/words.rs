//! The words of a poster or card, each as a block for a column of some width.

use super::{Content, Field, HEADLINE, HINT, PosterError};
use crate::drawing::{Colour, Mark};
use crate::font::Face;
use crate::geometry::{Area, Length};
use crate::layout::{Align, Block, Panel, Scale, palette};
use crate::text::{Line, TextError};

/// Inside a panel, left and right, in tenths of a millimetre of the design.
const PADDING: i32 = 40;

/// A column to put words into.
pub(super) struct Words<'a> {
    pub scale: Scale,
    pub width: Length,
    pub align: Align,
    /// Whether there is room for the registered name of the bank.
    pub has_full_names: bool,
    pub content: &'a Content,
}

impl Words<'_> {
    fn fit(
        &self,
        field: Field,
        text: &str,
        face: Face,
        sizes: (i32, i32),
        (width, lines): (Length, usize),
    ) -> Result<Vec<Line>, PosterError> {
        self.scale
            .fit(text, face, sizes, width, lines)
            .map_err(|error: TextError| PosterError::Text { field, error })
    }

    /// The logo and the stall: at the two ends of a wide column when there are both.
    pub fn header(&self) -> Result<Block, PosterError> {
        let height = self.scale.tenths(190);
        let half = self.width.half() - self.scale.tenths(20);
        let place = self.place(half)?;
        let logo = self.content.header_logo.as_ref();
        let is_alone = place.is_none() || logo.is_none();
        let left = |width: Length| match self.align {
            Align::Centre if is_alone => (self.width - width).half(),
            _ => Length::ZERO,
        };
        let mut block = Block::default();
        if let Some(logo) = logo {
            let slot = Area::new(Length::ZERO, Length::ZERO, half, height);
            let fitted = slot.fitted(logo.width(), logo.height());
            let area = Area {
                left: left(fitted.width),
                ..fitted
            };
            block.marks.push(Mark::Logo {
                area,
                logo: logo.clone(),
            });
            block.height = height;
        }
        if let Some((pill, width)) = place {
            let left = match is_alone {
                true => left(width),
                false => self.width - width,
            };
            let high = block.height.max(pill.height);
            let top = (high - pill.height).half();
            block.marks.extend(pill.at(left, top));
            block.height = high;
        }
        Ok(block)
    }

    /// The stall in a dark field, and how wide that is.
    fn place(&self, most: Length) -> Result<Option<(Block, Length)>, PosterError> {
        let padding = self.scale.tenths(60);
        let room = (most - padding - padding, 2);
        let text = &self.content.place;
        let lines = self.fit(Field::Place, text, Face::Bold, (260, 120), room)?;
        let Some(widest) = lines.iter().map(Line::width).max() else {
            return Ok(None);
        };
        let block = Block::lines(lines, widest, Align::Centre, Colour::WHITE);
        let panel = Panel {
            width: widest + padding + padding,
            height: block.height + self.scale.tenths(30),
            padding,
            corner: self.scale.tenths(40),
            fill: palette::BRAND,
        };
        Ok(Some((block.on(panel), panel.width)))
    }

    /// Our own words, which are known to fit.
    fn said(
        &self,
        face: Face,
        size: i32,
        text: &str,
        colour: Colour,
    ) -> Result<Block, PosterError> {
        let lines = self.fit(Field::Payee, text, face, (size, size / 2), (self.width, 4))?;
        Ok(Block::lines(lines, self.width, self.align, colour))
    }

    /// What the sheet is for.
    pub fn headline(&self) -> Result<Block, PosterError> {
        let (vietnamese, english) = HEADLINE;
        let english = self.said(Face::Regular, 170, english, palette::SOFT)?;
        let vietnamese = self.said(Face::Bold, 340, vietnamese, palette::BRAND)?;
        Ok(vietnamese.above(Length::ZERO, english))
    }

    /// Whom it pays: the name, and the bank.
    pub fn payee(&self) -> Result<Block, PosterError> {
        let block = |field, text: &str, face, sizes, lines, colour| {
            let lines = self.fit(field, text, face, sizes, (self.width, lines))?;
            Ok::<_, PosterError>(Block::lines(lines, self.width, self.align, colour))
        };
        let Content {
            payee,
            bank,
            bank_full,
            ..
        } = self.content;
        let (ink, soft) = (palette::INK, palette::SOFT);
        let full = if self.has_full_names { bank_full } else { "" };
        let payee = block(Field::Payee, payee, Face::Bold, (300, 130), 4, ink)?;
        let bank = block(Field::Bank, bank, Face::Bold, (210, 110), 2, ink)?;
        let full = block(Field::Bank, full, Face::Regular, (130, 80), 3, soft)?;
        Ok(payee
            .above(self.scale.tenths(8), bank)
            .above(Length::ZERO, full))
    }

    /// The account in groups of four, and its last four large.
    pub fn account(&self) -> Result<Block, PosterError> {
        let content = self.content;
        let (own, beside) = match &content.last {
            Some(_) => {
                let beside = self.width.share(30, 100);
                (self.width - beside - self.gap(), beside)
            }
            None => (self.width, Length::ZERO),
        };
        let account = Cell {
            field: Field::Account,
            caption: content.account_caption,
            value: &content.account,
            sizes: (270, 130),
            lines: 2,
            width: own,
            is_dark: false,
        };
        let mut cells = vec![account];
        if let Some((caption, last)) = &content.last {
            cells.push(Cell {
                field: Field::Account,
                caption,
                value: last,
                sizes: (400, 200),
                lines: 1,
                width: beside,
                is_dark: true,
            });
        }
        self.cells(&cells)
    }

    /// The amount and the memo.
    pub fn amount(&self) -> Result<Block, PosterError> {
        let content = self.content;
        let both = content.amount.is_some() && !content.memo.is_empty();
        let amount = self.width.share(38, 100);
        let (amount_width, memo_width) = if both {
            (amount, self.width - amount - self.gap())
        } else {
            (self.width, self.width)
        };
        let mut cells = Vec::new();
        if let Some(amount) = &content.amount {
            cells.push(Cell {
                field: Field::Amount,
                caption: "Số tiền · Amount",
                value: amount,
                sizes: (250, 120),
                lines: 1,
                width: amount_width,
                is_dark: false,
            });
        }
        if !content.memo.is_empty() {
            cells.push(Cell {
                field: Field::Memo,
                caption: "Nội dung · Memo",
                value: &content.memo,
                sizes: (200, 100),
                lines: 3,
                width: memo_width,
                is_dark: false,
            });
        }
        self.cells(&cells)
    }

    fn gap(&self) -> Length {
        self.scale.tenths(20)
    }

    /// Panels of one height beside each other.
    fn cells(&self, cells: &[Cell<'_>]) -> Result<Block, PosterError> {
        let mut blocks = Vec::with_capacity(cells.len());
        for cell in cells {
            blocks.push(self.cell(cell)?);
        }
        let Some(highest) = blocks.iter().map(|block| block.height).max() else {
            return Ok(Block::default());
        };
        let height = highest + self.scale.tenths(34);
        let mut row = Block {
            height,
            marks: Vec::new(),
        };
        let mut left = Length::ZERO;
        for (cell, block) in cells.iter().zip(blocks) {
            let panel = Panel {
                width: cell.width,
                height,
                padding: self.scale.tenths(PADDING),
                corner: self.scale.tenths(40),
                fill: if cell.is_dark {
                    palette::BRAND
                } else {
                    palette::TINT
                },
            };
            row.marks.extend(block.on(panel).at(left, Length::ZERO));
            left = left + cell.width + self.gap();
        }
        Ok(row)
    }

    /// A caption and a value, without their panel.
    fn cell(&self, cell: &Cell<'_>) -> Result<Block, PosterError> {
        let padding = self.scale.tenths(PADDING);
        let room = cell.width - padding - padding;
        let (ink, soft) = if cell.is_dark {
            (Colour::WHITE, Colour::WHITE)
        } else {
            (palette::INK, palette::SOFT)
        };
        let caption = (cell.caption, Face::Regular, (110, 70));
        let caption = self.fit(cell.field, caption.0, caption.1, caption.2, (room, 2))?;
        let value = (cell.value, Face::Bold, cell.sizes);
        let value = self.fit(cell.field, value.0, value.1, value.2, (room, cell.lines))?;
        let value = Block::lines(value, room, Align::Centre, ink);
        Ok(Block::lines(caption, room, Align::Centre, soft).above(Length::ZERO, value))
    }

    /// How to pay, and what to look at.
    pub fn hint(&self) -> Result<Block, PosterError> {
        let (vietnamese, english) = HINT;
        let english = self.said(Face::Regular, 110, english, palette::SOFT)?;
        let vietnamese = self.said(Face::Bold, 140, vietnamese, palette::INK)?;
        Ok(vietnamese.above(self.scale.tenths(8), english))
    }

    /// The serial number.
    pub fn serial(&self) -> Result<Block, PosterError> {
        if self.content.serial.is_empty() {
            return Ok(Block::default());
        }
        let text = format!("Số hiệu · Serial {}", self.content.serial);
        let room = (self.width, 2);
        let lines = self.fit(Field::Serial, &text, Face::Regular, (90, 70), room)?;
        Ok(Block::lines(lines, self.width, self.align, palette::SOFT))
    }
}

/// A caption with a value on a panel.
struct Cell<'a> {
    field: Field,
    caption: &'a str,
    value: &'a str,
    /// The largest and the smallest type of the value.
    sizes: (i32, i32),
    lines: usize,
    width: Length,
    is_dark: bool,
}
